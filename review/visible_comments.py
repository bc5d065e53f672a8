"""Which comments on a review a reader sees at this moment, and whether with the names of reviewers.

Comments are talk with the author, so whoever does not judge the text reads all of them. Under a blind policy reviewers'
comments are kept as their verdicts are (visible_feedback.py):

- other reviewers do not see them until the decision, nor what was answered to them; an adjudicator does, without names;
- the author and the rest of the team see them without names, also after the decision;
- leads and auditors see them with names; until the decision not where they may judge the text themselves.

One's own, and those of people who do not review in the team or had a part in the text, are seen by everybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_portal.accounts.models import Membership, Role, User
from review.models import Review
from review.standing import Standing, standing
from review.visible_feedback import sight


@dataclass(frozen=True)
class CommentSight:
    """Ids of people whose comments the reader does not see, and of people whom the reader is not told."""

    hidden: frozenset[int] = frozenset()
    nameless: frozenset[int] = frozenset()

    def name(self, person: User | None) -> User | None:
        return None if person is None or person.pk in self.nameless else person


def comment_sight(
    user: User, review: Review, reader: Standing | None = None, judges: frozenset[int] | None = None
) -> CommentSight:
    """`judges` are those of the review, for a caller with many people. No query where everybody sees everything."""
    if not review.policy.blind:
        return CommentSight()
    reader = reader or standing(user, review)
    everything, named = sight(user, review, reader)
    if named:
        return CommentSight()
    judges = (judges_of(review) if judges is None else judges) - {user.pk}
    if everything or not reader.is_reviewer or reader.contributed:
        return CommentSight(nameless=judges)
    return CommentSight(hidden=judges)


def keeps_apart(review: Review) -> bool:
    """Whether reviewers must not read each other at this moment."""
    return review.policy.blind and not review.is_decided


def judges_of(review: Review) -> frozenset[int]:
    """Ids of who may judge the text, or has judged it."""
    reviewers = Membership.objects.filter(team=review.team_id, role=Role.REVIEWER).values_list("user_id", flat=True)
    judged = review.feedback.values_list("reviewer_id", flat=True)
    return frozenset({*reviewers, *judged} - {*review.draft.contributors})
