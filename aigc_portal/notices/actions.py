"""Telling people, and what they do with what they were told. Notices are no audit events; choosing the mails is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Subquery
from django.db.models.functions import Now

from aigc_portal.accounts.models import User
from aigc_portal.accounts.personal_events import record_for_each_team
from aigc_portal.notices.models import Notice, NoticeSettings


class NoticeOutsideTransaction(RuntimeError):
    """What happened and the notice of it must commit together."""


def notify(
    *,
    to: Iterable[User],
    kind: str,
    target: models.Model,
    actor: User | None = None,
    team_id: int,
    url: str,
    params: Mapping[str, Any] | None = None,
    urgent: bool = False,
    delay: timedelta | None = None,
) -> None:
    """Tell each of the people, except the actor, in the caller's transaction.

    `kind` is one of sentences.py and `params` fill its sentence; `params["language"]` is the language of a title.
    `url` is a path of the portal. `urgent` is mailed at once to everybody. With a `delay` the notice is seen and mailed
    later, and can be withdrawn until then. Every act leaves a notice of its own, whatever is unread or being mailed at
    that moment; mails and `mark_read` take together what leads to the same place. Raises NoticeOutsideTransaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NoticeOutsideTransaction(f"{kind} told outside a transaction")
    due_at = {} if delay is None else {"due_at": Now() + delay}
    Notice.objects.bulk_create(
        Notice(
            user=person,
            team_id=team_id,
            kind=kind,
            params=dict(params or {}),
            url=url,
            actor=actor,
            actor_name=str(actor or "")[:150],
            target_type=target._meta.label_lower,
            target_id=str(target.pk),
            urgent=urgent,
            **due_at,
        )
        for person in {*to} - {actor}
    )


def withdraw_notices(*, target: models.Model, kinds: Iterable[str] | None = None) -> int:
    """Take back what nobody can have seen yet, of these kinds or of all. Returns how many."""
    unseen = Notice.objects.about(target).filter(due_at__gt=Now(), read_at=None, mailed_at=None)
    if kinds is not None:
        unseen = unseen.filter(kind__in=list(kinds))
    removed, _rows = unseen.delete()
    return removed


def mark_read(*, actor: User, notice: Notice) -> None:
    """One's own only, with the earlier ones of its kind that lead to the same place; each keeps its first reading."""
    unread = Notice.objects.visible_to(actor).unread()
    unread.filter(kind=notice.kind, url=notice.url, due_at__lte=notice.due_at).update(read_at=Now())


def mark_all_read(*, actor: User, newest: int | None = None) -> int:
    """All that became visible up to the notice with the id `newest`, the latest that the actor saw. Returns how many.

    Not up to its id: a notice that was told with a delay becomes visible after others with higher ids.
    """
    visible = Notice.objects.visible_to(actor)
    unread = visible.unread()
    if newest is not None:
        unread = unread.filter(due_at__lte=Subquery(visible.filter(pk=newest).values("due_at")))
    return unread.update(read_at=Now())


@transaction.atomic
def choose_mail(*, actor: User, mail: str, digest_hour: int | None = None) -> NoticeSettings:
    """How one's own notices are mailed; without an hour it stays as it is. Choosing the same again is no event."""
    chosen = NoticeSettings.of(actor)
    before = {"mail": chosen.mail, "digest_hour": chosen.digest_hour}
    after = {"mail": mail, "digest_hour": chosen.digest_hour if digest_hour is None else digest_hour}
    chosen, _created = NoticeSettings.objects.update_or_create(user=actor, defaults=after)
    if after != before:
        record_for_each_team("user.notices_chosen", actor, actor=actor, before=before, after=after)
    return chosen
