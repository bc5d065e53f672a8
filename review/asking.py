"""Whom a review asks at this moment, and what somebody is told who is not asked."""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext as _

from aigc_portal.accounts.models import User
from aigc_portal.problems import Refused
from review.models import Review


class Asking(Protocol):
    """Of a review what says whom it asks."""

    @property
    def team_id(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def contributors(self) -> list[int]: ...
    @property
    def barred(self) -> list[int]: ...
    @property
    def group_id(self) -> int | None: ...
    @property
    def assigned_to_id(self) -> int | None: ...
    @property
    def claimed_by_id(self) -> int | None: ...


def groups_of(user: User) -> frozenset[int]:
    """Ids of the review groups that the user belongs to. One query."""
    return frozenset(user.review_groups.values_list("pk", flat=True))


def is_asked(user: User, review: Asking, groups: frozenset[int]) -> bool:
    """Whether the review waits for this person among others; roles and four eyes are looked at elsewhere."""
    free = review.assigned_to_id is None or review.assigned_to_id == user.pk
    return free and user.pk not in review.barred and (review.group_id is None or review.group_id in groups)


def refuse_unasked(user: User, review: Review) -> None:
    """Refused, with whom the review asks instead."""
    if user.pk in review.barred:
        raise Refused("judged_already", _("You have judged this text. Now somebody else is asked."))
    if review.assigned_to is not None and review.assigned_to != user:
        detail = _("This review is assigned to %(name)s. A review lead can assign it to somebody else.")
        raise Refused("assigned_to_other", detail % {"name": review.assigned_to})
    if review.group is not None and review.group_id not in groups_of(user):
        detail = _("This step is for the group “%(group)s”, to which you do not belong.")
        raise Refused("not_asked", detail % {"group": review.group}, 403)
