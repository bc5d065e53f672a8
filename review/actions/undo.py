"""Taking a verdict back, within seconds."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.transitions import StaleState, transition
from aigc_portal.problems import Refused
from review.actions.claims import held_by
from review.models import Feedback, Review, ReviewGroup
from review.models.feedback import UNDO_WINDOW
from review.notices import untell_verdict


@transaction.atomic
def undo_verdict(*, actor: User, feedback: Feedback) -> Review:
    """Take one's newest verdict back: the review is in one's hands again, on the text as one read it.

    Raises StaleState where somebody has taken the review meanwhile, or it was given to somebody; Refused where it is
    too late, and for what was decided against the rules (`break_glass`) or on a text with a known answer.
    """
    Review.for_reviewers.select_for_update().get(pk=feedback.review_id)
    review = Review.for_reviewers.with_subject().get(pk=feedback.review_id)
    require_role(actor, review.team_id, Role.REVIEWER)
    if review.gold_id is not None:
        raise Refused(
            "answer_told", _("This was a text with a known answer, which you have read. Your verdict stands.")
        )
    if review.break_glass:
        raise Refused("glass_stays_broken", _("What was decided alone stands; the auditors are told of it."))
    if review.status == Review.Status.IN_REVIEW or review.assigned_to_id not in (None, actor.pk):
        raise StaleState(review, "taking a verdict back")
    own = review.feedback.standing().filter(pk=feedback.pk, reviewer=actor, given_at__gt=Now() - UNDO_WINDOW)
    newest = review.feedback.standing().order_by("-pk").first()
    if newest is None or newest.pk != feedback.pk or not own.update(undone_at=Now()):
        raise Refused("too_late_to_undo", _("It is too late to take this decision back."))
    judged = {one.reviewer_id for one in review.feedback.on_text(feedback.draft_id)}
    adjudicates = feedback.kind == Feedback.Kind.ADJUDICATION
    transition(
        review,
        Review.Status.IN_REVIEW,
        actor=actor,
        action="review.undone",
        data={"verdict": feedback.verdict, "step": feedback.step},
        **held_by(actor),
        decided_by=None,
        decided_at=None,
        approved_draft=None,
        current_draft=feedback.draft,
        step=feedback.step,
        disputed=adjudicates,
        group=asked_before(review, feedback),
        barred=sorted({*review.draft.contributors, *judged}),
    )
    untell_verdict(review, feedback)
    return review


def asked_before(review: Review, feedback: Feedback) -> ReviewGroup | None:
    """The group that was asked when the verdict was given."""
    if feedback.kind == Feedback.Kind.ADJUDICATION:
        return review.policy.adjudicators
    return next(step.group for step in review.policy.steps.all() if step.position == feedback.step)
