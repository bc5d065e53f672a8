"""Reasons to refuse a text: what a team offers, and in which order."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Team, User
from aigc_portal.audit.events import record
from aigc_portal.problems import Refused
from review.actions.policies import MANAGERS
from review.models import ReasonCode


@transaction.atomic
def add_reason(*, actor: User, team: Team, code: str, label_en: str, label_zh: str) -> ReasonCode:
    """At the end of the list. Refused for a code that the team has, retired or not."""
    require_role(actor, team.pk, *MANAGERS)
    last = ReasonCode.objects.filter(team=team).aggregate(last=Max("position"))["last"]
    words = {"code": code, "label_en": label_en, "label_zh": label_zh}
    try:
        with transaction.atomic():
            reason = ReasonCode.objects.create(team=team, position=0 if last is None else last + 1, **words)
    except IntegrityError:
        detail = _("There is a reason with the code “%(code)s” already. It may be a retired one.")
        raise Refused("reason_exists", detail % {"code": code}, 400) from None
    record("reason.added", reason, actor=actor, after=words)
    return reason


@transaction.atomic
def move_reason(*, actor: User, reason: ReasonCode, up: bool) -> None:
    """One place up or down among those on offer; at the end of the list nothing happens."""
    require_role(actor, reason.team_id, *MANAGERS)
    order = list(ReasonCode.objects.select_for_update().on_offer().filter(team=reason.team_id))
    place = next((place for place, one in enumerate(order) if one.pk == reason.pk), None)
    if place is None:
        return
    to = place - 1 if up else place + 1
    if not 0 <= to < len(order):
        return
    order.insert(to, order.pop(place))
    for position, one in enumerate(order):
        if one.position != position:
            ReasonCode.objects.filter(pk=one.pk).update(position=position)
    record("reason.moved", reason, actor=actor, before={"place": place + 1}, after={"place": to + 1})


@transaction.atomic
def retire_reason(*, actor: User, reason: ReasonCode) -> None:
    """It is not offered any more; decisions keep it. The last one on offer stays, because a refusal needs a reason."""
    require_role(actor, reason.team_id, *MANAGERS)
    offered = set(ReasonCode.objects.select_for_update().on_offer().filter(team=reason.team_id))
    if offered == {reason}:
        raise Refused("last_reason", _("A refusal needs a reason, so the last one stays. Add another one first."))
    if reason in offered:
        ReasonCode.objects.filter(pk=reason.pk).update(retired_at=Now())
        record("reason.retired", reason, actor=actor, code=reason.code)


@transaction.atomic
def bring_back_reason(*, actor: User, reason: ReasonCode) -> None:
    """On offer again, at its old place."""
    require_role(actor, reason.team_id, *MANAGERS)
    if ReasonCode.objects.filter(pk=reason.pk, retired_at__isnull=False).update(retired_at=None):
        record("reason.brought_back", reason, actor=actor, code=reason.code)
