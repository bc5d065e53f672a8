"""Notices and their mails for tests. The notices are about the cast's team, because every test has it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core import mail
from django.db import transaction
from django.utils import timezone

from aigc_portal.accounts.models import User
from aigc_portal.notices.actions import choose_mail, notify
from aigc_portal.notices.models import Notice
from tests.cast import Cast


def tell(cast: Cast, *people: User, **changes: Any) -> None:
    """The reviewer has approved “Spring tea”, unless the changes say something else."""
    told: dict[str, Any] = {
        "kind": "review.approved",
        "target": cast.team,
        "actor": cast.reviewer,
        "team_id": cast.team.pk,
        "url": "/reviews/7/",
        "params": {"title": "Spring tea"},
    }
    with transaction.atomic():
        notify(to=people, **told | changes)


def told(cast: Cast, person: User, **changes: Any) -> Notice:
    """The same, as the person's newest notice."""
    tell(cast, person, **changes)
    return Notice.objects.filter(user=person).latest("pk")


def fill(cast: Cast, person: User, count: int) -> None:
    """So many different notices."""
    for number in range(count):
        tell(cast, person, kind=f"review.kind_{number}", params={"title": f"Tea {number}"})


def age(by: timedelta) -> None:
    """Everything became visible so long ago."""
    Notice.objects.update(due_at=timezone.now() - by)


def end_claims() -> None:
    """Every claim for a mail ran out."""
    Notice.objects.update(next_mail_at=timezone.now() - timedelta(seconds=1))


def mail_at_once(*people: User) -> None:
    for person in people:
        choose_mail(actor=person, mail="at_once")


def receivers() -> list[str]:
    return sorted(letter.to[0] for letter in mail.outbox)
