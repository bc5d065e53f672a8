"""Which verdicts of a review a reader may see at this moment, and whether with the reviewers' names.

Everybody in the team sees all of them once the review is decided. Until then:

- one's own verdict is always seen;
- leads and auditors see the others, unless they may judge the text themselves under a blind policy;
- other reviewers see them under an open policy; under a blind one only an adjudicator does, without names;
- the author sees none: a verdict is no decision yet.

Under a blind policy only reviewers, leads and auditors are ever told the reviewers' names (`names_told`): the author is
not, neither before the decision nor after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_portal.accounts.models import Role, User
from review.models import Feedback, Review
from review.standing import Standing


@dataclass(frozen=True)
class SeenVerdict:
    """`reviewer` is None where the reader is not told who judged."""

    feedback: Feedback
    reviewer: User | None

    @property
    def text_id(self) -> int:
        """The draft that the verdict stands for."""
        return self.feedback.approved_draft_id or self.feedback.draft_id


def visible_feedback(user: User, review: Review, reader: Standing) -> list[SeenVerdict]:
    """Verdicts that stand, oldest first, from `feedback` and its reviewers as prefetched."""
    everything, named = sight(user, review, reader)
    return [
        SeenVerdict(one, one.reviewer if named or one.reviewer_id == user.pk else None)
        for one in sorted(review.feedback.all(), key=lambda one: one.pk)
        if one.undone_at is None and (everything or one.reviewer_id == user.pk)
    ]


def sight(user: User, review: Review, reader: Standing) -> tuple[bool, bool]:
    """Whether others' verdicts are seen, and whether with names."""
    may_judge = reader.holds or reader.may_take
    blind = review.policy.blind
    if review.is_decided:
        return True, names_told(user, review)
    if user.has_role(review.team_id, Role.LEAD, Role.AUDITOR) and not (blind and may_judge):
        return True, True
    if not reader.is_reviewer or reader.contributed:
        return False, False
    return not blind or (review.disputed and may_judge), not blind


def names_told(user: User, review: Review) -> bool:
    """Whether the reader is one of those who may know who reviews, apart from what stays hidden until the decision.

    A reviewer with a part in the text is its author here.
    """
    if not review.policy.blind or user.has_role(review.team_id, Role.LEAD, Role.AUDITOR):
        return True
    return user.has_role(review.team_id, Role.REVIEWER) and user.pk not in review.draft.contributors


def visible_corrector(user: User, review: Review, reader: Standing) -> User | None:
    """Who wrote the correction that is under review now; None where nobody did or the reader is not told."""
    if review.current_draft_id == review.draft_id:
        return None
    seen = visible_feedback(user, review, reader)
    return next((one.reviewer for one in seen if one.feedback.approved_draft_id == review.current_draft_id), None)
