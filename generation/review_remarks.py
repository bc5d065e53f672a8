"""What reviewers said of a text, as its author reads it, and how far an open review has come.

Reads reviews by the names of the reverse relations, as draft_cards.py does, from what `with_reviews` has prefetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from generation.text_diff import Piece, diff_pieces

OPEN = ("PENDING", "IN_REVIEW")
REFUSED = ("CHANGES_REQUESTED", "REJECTED")
DECIDED = ("APPROVED", *REFUSED)


@dataclass(frozen=True)
class Remark:
    """One verdict, or one comment on a marked passage. `who` is empty where the policy keeps the names of reviewers."""

    who: str
    said: Any


@dataclass(frozen=True)
class Remarks:
    """Verdicts that made the decision, the deciding one first, and what was said of passages.

    `corrector` wrote the approved text where somebody else decided; "" where the policy keeps the names of reviewers.
    `open_threads` counts what is still talked about, on passages and on the whole text.
    `correction` is the reviewer's correction that was decided on, and `earlier_correction` one that another replaced
    before anybody refused it.
    """

    review: Any
    verdicts: list[Remark]
    passages: list[Remark]
    open_threads: int
    corrector: str
    correction: Any | None
    earlier_correction: int | None

    @property
    def refused(self) -> bool:
        return self.review.status in REFUSED

    @property
    def changes(self) -> list[Piece]:
        """From the submitted text to the correction of it."""
        submitted = self.review.draft
        return diff_pieces(submitted.text, self.correction.text) if self.correction else []


def remarks_of(review: Any) -> Remarks | None:
    """None while nothing is decided: until then a verdict is no decision."""
    if review is None or review.status not in DECIDED:
        return None
    agreeing = REFUSED if review.status in REFUSED else ("APPROVED",)
    standing = [one for one in review.feedback.all() if one.undone_at is None]
    standing.sort(key=lambda one: -one.pk)
    replaced = [one.approved_draft_id for one in standing if one.was_corrected]
    return Remarks(
        review=review,
        verdicts=[Remark(shown_name(review, one.reviewer), one) for one in standing if one.verdict in agreeing],
        passages=[
            Remark(shown_name(review, one.author), one) for one in review.comments.all() if is_remark(review, one)
        ],
        open_threads=sum(one.parent_id is None and one.resolved_at is None for one in review.comments.all()),
        corrector=corrector_of(review, standing),
        correction=review.current_draft if review.current_draft_id != review.draft_id else None,
        earlier_correction=next((pk for pk in replaced if pk != review.current_draft_id), None),
    )


def corrector_of(review: Any, standing: list[Any]) -> str:
    wrote = [one for one in standing if one.was_corrected and one.approved_draft_id == review.approved_draft_id]
    others = [one.reviewer for one in wrote if one.reviewer_id != review.decided_by_id]
    return shown_name(review, others[0]) if others else ""


def is_remark(review: Any, comment: Any) -> bool:
    """Whether somebody else began an open thread on a passage with it."""
    begins = comment.parent_id is None and comment.end is not None and comment.resolved_at is None
    return begins and comment.author_id not in review.draft.contributors


def shown_name(review: Any, person: Any) -> str:
    return "" if review.policy.blind else str(person)


def progress_of(review: Any) -> str:
    """What an open review waits for, where that is more than one reviewer's decision; else ""."""
    if review.status in OPEN and review.disputed:
        return _("The reviewers disagree; somebody else decides between them")
    return step_of(review)


def step_of(review: Any) -> str:
    """Where an open review is among several steps; else ""."""
    steps = list(review.policy.steps.all())
    if review.status not in OPEN or len(steps) < 2:
        return ""
    name = next((step.name for step in steps if step.position == review.step), "")
    place = {"number": review.step, "count": len(steps), "name": name}
    return (_("Step %(number)s of %(count)s: %(name)s") if name else _("Step %(number)s of %(count)s")) % place
