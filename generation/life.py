"""The life of a text, from its brief to the decision on it, as steps for templates/parts/lifeline.html."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from generation.draft_cards import DraftCard, corrections_in
from generation.models import Brief, Draft, GenerationRun
from generation.review_remarks import step_of

StepState = Literal["done", "current", "todo", "blocked"]


@dataclass(frozen=True)
class Step:
    """One step; an empty `url` is no link."""

    label: str
    url: str
    state: StepState
    note: str = ""


def life_of_run(run: GenerationRun) -> list[Step]:
    steps = [brief_step(run.brief)]
    if run.revises is not None:
        steps.append(Step(draft_label(run.revises), run.revises.get_absolute_url(), "done"))
    return [*steps, Step(run_label(run), "", "current"), drafts_step(run)]


def life_of_draft(card: DraftCard, ancestors: list[Draft]) -> list[Step]:
    """From the brief through the run and the ancestors to the draft, then its review. `ancestors`: oldest first."""
    origin = ancestors[0] if ancestors else card.draft
    steps = [brief_step(card.draft.brief)]
    if origin.run is not None:
        steps.append(Step(run_label(origin.run), origin.run.get_absolute_url(), "done"))
    corrected_in = corrections_in(ancestors)
    for draft in ancestors:
        review = DraftCard(draft, 0, False, corrected_in.get(draft.pk)).review
        note = review.get_status_display() if review else ""
        steps.append(Step(draft_label(draft), draft.get_absolute_url(), "done", note))
    steps.append(Step(correction_label(card) if card.is_correction else draft_label(card.draft), "", "current"))
    return [*steps, review_step(card)]


def drafts_step(run: GenerationRun) -> Step:
    """A run that ended without drafts will have none."""
    if run.status == run.Status.SUCCEEDED:
        return Step(_("Drafts"), f"{run.brief.get_absolute_url()}#run-{run.pk}", "done")
    return Step(_("Drafts"), "", "todo" if run.is_open else "blocked")


def brief_step(brief: Brief) -> Step:
    return Step(_("Brief"), brief.get_absolute_url(), "done")


def run_label(run: GenerationRun) -> str:
    return _("Run %(number)s") % {"number": run.pk}


def draft_label(draft: Draft) -> str:
    if draft.variant is None:
        return _("Edit by %(name)s") % {"name": draft.author}
    return _("Variant %(number)s") % {"number": draft.variant + 1}


def correction_label(card: DraftCard) -> str:
    return _("Correction by %(name)s") % {"name": card.writer} if card.writer else _("Correction by a reviewer")


def review_step(card: DraftCard) -> Step:
    review = card.review
    if review is None:
        return Step(_("Review"), "", "todo")
    states: dict[str, StepState] = {"APPROVED": "done", "REJECTED": "blocked", "CHANGES_REQUESTED": "blocked"}
    note = step_of(review) or review.get_status_display()
    return Step(_("Review"), review.get_absolute_url(), states.get(review.status, "todo"), note)
