"""What one reader may do with one review at this moment."""

from __future__ import annotations

from dataclasses import dataclass

from aigc_portal.accounts.models import Role, User
from review.asking import Asking, groups_of, is_asked
from review.models import Review


@dataclass(frozen=True)
class Standing:
    """`contributed` means that four eyes forbid this reader to decide, whatever the roles say; `judged` that the reader
    has judged the text as it stands now."""

    is_reviewer: bool
    is_marketer: bool
    is_lead: bool
    contributed: bool
    judged: bool
    holds: bool
    may_take: bool


def standing(user: User, review: Asking, groups: frozenset[int] | None = None) -> Standing:
    """`groups` are the reader's review groups, where the caller knows them (a list asks once)."""
    is_reviewer = user.has_role(review.team_id, Role.REVIEWER)
    contributed = user.pk in review.contributors
    waits = review.status == Review.Status.PENDING
    in_review = review.status == Review.Status.IN_REVIEW
    asked = waits and is_reviewer and is_asked(user, review, groups_of(user) if groups is None else groups)
    return Standing(
        is_reviewer=is_reviewer,
        is_marketer=user.has_role(review.team_id, Role.MARKETER),
        is_lead=user.has_role(review.team_id, Role.LEAD),
        contributed=contributed,
        judged=user.pk in review.barred and not contributed,
        holds=is_reviewer and not contributed and in_review and review.claimed_by_id == user.pk,
        may_take=asked and not contributed,
    )


def may_withdraw(reader: Standing, review: Review) -> bool:
    """Before a verdict stands, on whichever text; `feedback` is to be prefetched."""
    waits = reader.is_marketer and review.status == Review.Status.PENDING
    return waits and all(one.undone_at is not None for one in review.feedback.all())
