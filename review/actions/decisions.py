"""Decisions: each is one transaction of status, feedback, correction and event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.transitions import StaleState, transition
from aigc_portal.problems import Refused
from generation.actions.drafts import create_child
from generation.models import Draft
from review.actions.claims import refuse_contributor
from review.models import Feedback, ReasonCode, Review

LONGEST_COMMENT = 4000


@dataclass(frozen=True)
class Verdict:
    """What the reviewer said. Ratings run from 1 to 5; None is not rated."""

    reasons: Sequence[str] = ()
    accuracy: int | None = None
    brand_fit: int | None = None
    language: int | None = None
    comment: str = ""


def approve(
    *, actor: User, review: Review, sha256: str, verdict: Verdict | None = None, corrected_text: str | None = None
) -> None:
    """Approve the text that the reviewer saw (`sha256`), or one's correction of it.

    Raises StaleState where the review is not in the actor's hands, Refused for another text or a contributor.
    """
    verdict = verdict or Verdict()
    _check(actor, review, sha256)
    with transaction.atomic():
        approved: Draft = review.draft
        if corrected_text is not None and corrected_text.replace("\r\n", "\n").strip() != review.draft.text:
            approved = create_child(actor=actor, parent=review.draft, text=corrected_text, action="draft.corrected")
        _decide(actor, review, Review.Status.APPROVED, verdict, approved)


def request_changes(*, actor: User, review: Review, sha256: str, verdict: Verdict) -> None:
    """Send the text back to its author, with at least one reason."""
    _refuse_text(actor, review, sha256, verdict, Review.Status.CHANGES_REQUESTED)


def reject(*, actor: User, review: Review, sha256: str, verdict: Verdict) -> None:
    """Refuse the text, with at least one reason."""
    _refuse_text(actor, review, sha256, verdict, Review.Status.REJECTED)


def _refuse_text(actor: User, review: Review, sha256: str, verdict: Verdict, to: str) -> None:
    if not verdict.reasons:
        raise Refused("reason_required", _("Choose at least one reason, so that the author knows what to change."), 400)
    _check(actor, review, sha256)
    with transaction.atomic():
        _decide(actor, review, to, verdict, None)


def _check(actor: User, review: Review, sha256: str) -> None:
    require_role(actor, review.team_id, Role.REVIEWER)
    refuse_contributor(actor, review)
    if review.status != Review.Status.IN_REVIEW or review.claimed_by_id != actor.pk:
        raise StaleState(review, "a decision by somebody who does not hold it")
    if review.draft.sha256 != sha256:
        raise Refused("other_text", _("The text changed since you opened it. Nothing was decided."))


def _decide(actor: User, review: Review, to: str, verdict: Verdict, approved: Draft | None) -> None:
    """Inside the caller's transaction: first what is said, then the status, after which PostgreSQL takes no more."""
    if not Review.objects.select_for_update().filter(pk=review.pk, status=review.status, claimed_by=actor).exists():
        review.refresh_from_db()
        raise StaleState(review, to)
    reasons = list(ReasonCode.objects.filter(team_id=review.team_id, code__in=verdict.reasons))
    if unknown := set(verdict.reasons) - {reason.code for reason in reasons}:
        raise Refused("unknown_reason", _("Unknown reason: %(codes)s.") % {"codes": ", ".join(sorted(unknown))}, 400)
    feedback = Feedback.objects.create(
        review=review,
        accuracy=verdict.accuracy,
        brand_fit=verdict.brand_fit,
        language=verdict.language,
        comment=verdict.comment,
    )
    feedback.reasons.set(reasons)
    transition(
        review,
        to,
        actor=actor,
        where={"claimed_by": actor},
        decided_by=actor,
        decided_at=Now(),
        approved_draft=approved,
        data={
            "sha256": (approved or review.draft).sha256,
            "corrected": approved is not None and approved != review.draft,
            "reasons": sorted(reason.code for reason in reasons),
        },
    )
