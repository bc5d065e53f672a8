"""Decisions: each verdict is one transaction of feedback, correction, status and event."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.transitions import StaleState, transition
from aigc_portal.problems import Refused
from generation.actions.drafts import create_child
from generation.models import Draft
from review.actions.claims import FREE, refuse_contributor
from review.actions.verdicts import Verdict, write_feedback
from review.consensus import Asked, Decided, StepRule, Vote, consensus
from review.models import Feedback, PolicyStep, Review
from review.notices import tell_of_verdict

LONGEST_COMMENT = 4000


def approve(
    *, actor: User, review: Review, sha256: str, verdict: Verdict | None = None, corrected_text: str | None = None
) -> Feedback:
    """Approve the text that the reviewer saw (`sha256`), or one's correction of it.

    The review is decided, or asks the next person (`review.status` says which). Raises StaleState where the review is
    not in the actor's hands, Refused for another text, a contributor, or facts that were not checked.
    """
    verdict = verdict or Verdict()
    check_hold(actor, review, sha256)
    with transaction.atomic():
        approved: Draft = review.current_draft
        if corrected_text is not None and is_correction(review, corrected_text):
            approved = create_child(actor=actor, parent=approved, text=corrected_text, action="draft.corrected")
        return give(actor, review, Review.Status.APPROVED, verdict, approved)


def is_correction(review: Review, text: str) -> bool:
    """Whether it is another text. A text with a known answer keeps none: its author has long had the decision."""
    return review.gold_id is None and text.replace("\r\n", "\n").strip() != review.current_draft.text


def request_changes(*, actor: User, review: Review, sha256: str, verdict: Verdict) -> Feedback:
    """Send the text back to its author, with at least one reason."""
    return refuse_text(actor, review, sha256, verdict, Review.Status.CHANGES_REQUESTED)


def reject(*, actor: User, review: Review, sha256: str, verdict: Verdict) -> Feedback:
    """Refuse the text, with at least one reason."""
    return refuse_text(actor, review, sha256, verdict, Review.Status.REJECTED)


def refuse_text(actor: User, review: Review, sha256: str, verdict: Verdict, to: str) -> Feedback:
    refuse_without_reasons(verdict)
    check_hold(actor, review, sha256)
    with transaction.atomic():
        return give(actor, review, to, verdict, None)


def check_hold(actor: User, review: Review, sha256: str) -> None:
    require_role(actor, review.team_id, Role.REVIEWER)
    refuse_contributor(actor, review)
    if review.status != Review.Status.IN_REVIEW or review.claimed_by_id != actor.pk:
        raise StaleState(review, "a decision by somebody who does not hold it")
    refuse_other_text(review, sha256)


def refuse_other_text(review: Review, sha256: str) -> None:
    """A decision is on the text that was read (`sha256`), and on no later one."""
    if review.current_draft.sha256 != sha256:
        raise Refused("other_text", _("The text changed since you opened it. Nothing was decided."))


def refuse_without_reasons(verdict: Verdict) -> None:
    if not verdict.reasons:
        raise Refused("reason_required", _("Choose at least one reason, so that the author knows what to change."), 400)


def give(actor: User, review: Review, verdict: str, said: Verdict, approved: Draft | None) -> Feedback:
    """Inside the caller's transaction: first what is said, then the status, after which PostgreSQL takes no more."""
    held = Review.for_reviewers.filter(pk=review.pk, status=review.status, claimed_by=actor)
    if not held.select_for_update().exists():
        review.refresh_from_db()
        raise StaleState(review, verdict)
    feedback = write_feedback(actor, review, verdict, said, approved)
    text = approved or review.current_draft
    steps = list(review.policy.steps.all())
    on_text = list(review.feedback.on_text(text.pk))
    outcome = Decided(verdict) if review.gold_id or review.break_glass else where_it_stands(review, steps, on_text)
    data = {
        "verdict": verdict,
        "step": feedback.step,
        "sha256": text.sha256,
        "corrected": text != review.current_draft,
        "reasons": sorted(reason.code for reason in feedback.reasons.all()),
    }
    settle(actor, review, outcome, text, steps, on_text, data)
    return feedback


def where_it_stands(review: Review, steps: list[PolicyStep], feedback: list[Feedback]) -> Asked | Decided:
    """A team may want corrections confirmed: then a corrector's own approval does not count."""
    rules = [
        StepRule(step.position, step.wanted(review.second_opinion), step.rule == PolicyStep.Rule.UNANIMOUS)
        for step in steps
    ]
    votes = [
        Vote(one.step, one.verdict, one.kind == Feedback.Kind.ADJUDICATION)
        for one in feedback
        if not (review.policy.confirm_corrections and one.was_corrected)
    ]
    return consensus(rules, votes)


def settle(
    actor: User,
    review: Review,
    outcome: Asked | Decided,
    text: Draft,
    steps: list[PolicyStep],
    on_text: list[Feedback],
    data: dict[str, Any],
) -> None:
    """Decide the review, or ask the next person. `on_text` are the verdicts on `text`, `data` goes into the event."""
    where = {"claimed_by": actor}
    barred = sorted({*review.draft.contributors, *(one.reviewer_id for one in on_text)})
    changes: dict[str, Any] = {"current_draft": text, "barred": barred}
    if isinstance(outcome, Decided):
        approved = text if outcome.verdict == Review.Status.APPROVED else None
        changes |= {"decided_by": actor, "decided_at": Now(), "approved_draft": approved}
        transition(review, outcome.verdict, actor=actor, where=where, data=data, **changes)
    else:
        step = next(step for step in steps if step.position == outcome.step)
        asked = review.policy.adjudicators if outcome.disputed else step.group
        changes |= {"step": step.position, "group": asked, "disputed": outcome.disputed, "assigned_to": None, **FREE}
        data = {**data, "next_step": step.position, "disputed": outcome.disputed}
        to = Review.Status.PENDING
        transition(review, to, actor=actor, where=where, action="review.judged", data=data, **changes)
    tell_of_verdict(review, actor)
