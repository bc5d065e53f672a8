"""What one reader may do with one review at this moment."""

from __future__ import annotations

from dataclasses import dataclass

from aigc_portal.accounts.models import Role, User
from review.models import Review


@dataclass(frozen=True)
class Standing:
    """`contributed` means that four eyes forbid this reader to decide, whatever the roles say."""

    is_reviewer: bool
    is_marketer: bool
    contributed: bool
    holds: bool
    may_take: bool
    may_withdraw: bool


def standing(user: User, review: Review) -> Standing:
    is_reviewer = user.has_role(review.team_id, Role.REVIEWER)
    is_marketer = user.has_role(review.team_id, Role.MARKETER)
    contributed = user.pk in review.draft.contributors
    waits = review.status == Review.Status.PENDING
    in_review = review.status == Review.Status.IN_REVIEW
    return Standing(
        is_reviewer=is_reviewer,
        is_marketer=is_marketer,
        contributed=contributed,
        holds=is_reviewer and not contributed and in_review and review.claimed_by_id == user.pk,
        may_take=is_reviewer and not contributed and waits,
        may_withdraw=is_marketer and waits,
    )
