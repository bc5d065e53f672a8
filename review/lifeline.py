"""The life of a text as links: brief, run, draft, review, training data."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from review.models import Review
from review.subject import Subject


@dataclass(frozen=True)
class Step:
    """One step for templates/parts/lifeline.html. `state` is done, current, todo or blocked."""

    label: str
    state: str
    url: str = ""
    note: str = ""


def lifeline(subject: Subject) -> list[Step]:
    review, run = subject.review, subject.run
    steps = [Step(_("Brief"), "done", subject.brief.get_absolute_url())]
    if run is not None:
        steps.append(Step(_("Run"), "done", run.get_absolute_url(), run.model.name if run.model else ""))
    steps.append(Step(_("Draft"), "done", subject.draft.get_absolute_url()))
    steps.append(Step(_("Review"), "current", note="" if review.is_open else review.get_status_display()))
    trains = review.is_decided and review.status != Review.Status.CHANGES_REQUESTED
    if not subject.brief.training_consent:
        steps.append(Step(_("Training data"), "blocked", note=_("no consent")))
    else:
        steps.append(Step(_("Training data"), "todo", note=_("in the next export") if trains else ""))
    return steps
