"""The life of a text as links: brief, run, draft, review, training data."""

from __future__ import annotations

from django.utils.translation import gettext as _

from generation.known_models import name_of_model
from generation.life import Step, brief_step, draft_label, run_label
from generation.review_remarks import step_of
from review.models import Review
from review.subject import Subject


def lifeline(subject: Subject) -> list[Step]:
    review, run = subject.review, subject.run
    steps = [brief_step(subject.brief)]
    if run is not None:
        steps.append(Step(run_label(run), run.get_absolute_url(), "done", name_of_model(run)))
    steps.append(Step(draft_label(subject.draft), subject.draft.get_absolute_url(), "done"))
    steps.append(Step(_("Review"), "", "current", step_of(review) if review.is_open else review.get_status_display()))
    reason = why_untrained(subject)
    trains = review.is_decided and review.status != Review.Status.CHANGES_REQUESTED
    when = _("in the next export") if trains else ""
    steps.append(Step(_("Training data"), "", "blocked" if reason else "todo", reason or when))
    return steps


def why_untrained(subject: Subject) -> str:
    """Why nobody learns from the text, whatever is decided; empty where they may."""
    review = subject.review
    if review.gold_id and review.is_decided:  # not before: it looks like any other
        return _("known answer")
    if not subject.brief.training_consent:
        return _("no consent")
    return _("decided against the rules") if review.break_glass else ""
