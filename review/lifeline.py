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
    trains = review.is_decided and review.status != Review.Status.CHANGES_REQUESTED
    if review.gold_id and review.is_decided:  # not before: it looks like any other
        steps.append(Step(_("Training data"), "", "blocked", _("known answer")))
    elif not subject.brief.training_consent:
        steps.append(Step(_("Training data"), "", "blocked", _("no consent")))
    elif review.break_glass:
        steps.append(Step(_("Training data"), "", "blocked", _("decided against the rules")))
    else:
        steps.append(Step(_("Training data"), "", "todo", _("in the next export") if trains else ""))
    return steps
