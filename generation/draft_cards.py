"""Drafts as pages show them: each with its place in its run, its review, and what may be done with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from generation.certainty import Certainty, certainty_of
from generation.decoding_presets import Text, preset_label
from generation.decoding_words import decoding_words
from generation.failure_reasons import FailureReason, run_failure
from generation.known_models import name_of_model
from generation.models import Draft, GenerationRun
from generation.models.drafts import DraftQuerySet
from generation.queue_place import QueuePlace, places_of
from generation.review_remarks import REFUSED, Remarks, progress_of, remarks_of, shown_name
from generation.waiting_words import place_words

FINISHES: dict[str, str | Promise] = {
    "stop": _("Complete"),
    "length": _("Cut off at the length limit"),
    "deadline": _("Stopped at the time limit"),
    "cancelled": _("Cancelled"),
}


def with_reviews(drafts: DraftQuerySet) -> DraftQuerySet:
    """The drafts with all that a card shows of their reviews, in a constant number of queries."""
    return drafts.select_related("author", "brief", "run__model").prefetch_related(
        "reviews__decided_by",
        "reviews__submitted_by",
        "reviews__current_draft",
        "reviews__approved_draft",
        "reviews__policy__steps",
        "reviews__feedback__reasons",
        "reviews__feedback__reviewer",
        "reviews__comments__author",
        "reviews__comments__draft",
        "approvals__policy",
        Prefetch("revised_by", GenerationRun.objects.order_by("pk")),
    )


@dataclass(frozen=True)
class DraftCard:
    """One draft. `variant` counts from 0 and is that of the model's draft from which an edit comes.

    `corrected_in` is the review in which a reviewer wrote this text as a correction of another (see corrections_in).
    """

    draft: Draft
    variant: int
    may_write: bool
    corrected_in: Any | None = None

    @cached_property
    def review(self) -> Any | None:
        """The newest review of exactly this text, withdrawn ones aside; for a reviewer's correction, the one in which
        it took the place of the submitted text."""
        reviews = [*self.draft.reviews.all(), *([self.corrected_in] if self.corrected_in else [])]
        passed = [review for review in reviews if review.status != "WITHDRAWN"]
        return max([*passed, *self.draft.approvals.all()], key=lambda review: review.pk, default=None)

    @cached_property
    def remarks(self) -> Remarks | None:
        """What the reviewers said; None while nothing is decided."""
        return remarks_of(self.review)

    @property
    def progress(self) -> str:
        return progress_of(self.review) if self.review else ""

    @property
    def is_overdue(self) -> bool:
        return self.review is not None and self.review.is_open and self.review.due_at < timezone.now()

    @property
    def writer(self) -> str:
        """Who wrote or asked for it; "" for a reviewer whose name the policy keeps."""
        return shown_name(self.review, self.draft.author) if self.is_correction else str(self.draft.author)

    @property
    def number(self) -> int:
        return self.variant + 1

    @property
    def is_correction(self) -> bool:
        """Whether a reviewer wrote it while reviewing its parent."""
        return self.review is not None and self.review.draft_id != self.draft.pk

    @property
    def finish(self) -> str | Promise:
        return FINISHES.get(self.draft.finish_reason, "")

    @property
    def certainty(self) -> Certainty | None:
        return certainty_of(self.draft.mean_logprob)

    @property
    def model_name(self) -> str:
        """Of the model that wrote it; "" for a person's text."""
        return name_of_model(self.draft.run) if self.draft.run else ""

    @property
    def settings(self) -> list[tuple[Text, Any]]:
        """Label and value of the model's settings; none for a person's text."""
        return decoding_words(self.draft.run.decoding) if self.draft.run else []

    @property
    def can_submit(self) -> bool:
        return self.may_write and self.review is None and bool(self.draft.text.strip())

    @property
    def can_withdraw(self) -> bool:
        """Nobody withdraws what a reviewer has judged, to try another one."""
        if not self.may_write or self.review is None or self.is_correction:
            return False
        judged = any(one.undone_at is None for one in self.review.feedback.all())
        return self.review.status == "PENDING" and not judged

    @property
    def can_rewrite(self) -> bool:
        """Whether a model may be asked to write it again with what the reviewer said."""
        refused = self.review is not None and self.review.status in REFUSED
        return self.may_write and refused and not self.is_correction

    @property
    def has_ways_on(self) -> bool:
        """Whether its author is told with the decision how to go on."""
        remarks = None if self.is_correction else self.remarks
        return remarks is not None and (remarks.refused or remarks.correction is not None)


@dataclass(frozen=True)
class RunPanel:
    """One run with its drafts; a person's edits stand behind the draft that they come from."""

    run: GenerationRun
    may_write: bool
    place: QueuePlace | None = None
    cards: list[DraftCard] = field(default_factory=list)

    @property
    def waiting(self) -> range:
        """Numbers of the variants that are still to be written."""
        return range(self.run.variants)

    @property
    def place_words(self) -> str:
        """Where it stands in the queue; "" where it does not wait, or nobody can know."""
        return place_words(self.place) if self.place else ""

    @property
    def failure(self) -> FailureReason | None:
        return run_failure(self.run.error_code) if self.run.status == self.run.Status.FAILED else None

    @property
    def can_try_again(self) -> bool:
        return self.may_write and (self.failure is None or self.failure.retry_helps)

    @property
    def model_name(self) -> str:
        return name_of_model(self.run)

    @property
    def preset_label(self) -> str:
        return preset_label(self.run.preset, self.run.decoding)

    @property
    def settings(self) -> list[tuple[Text, Any]]:
        return decoding_words(self.run.decoding)

    @property
    def rewrites(self) -> str:
        """What it was asked to write again, in words; "" where it is no rewrite."""
        draft = self.run.revises
        if draft is None:
            return ""
        if draft.run_id is None or draft.variant is None:
            return gettext("Rewrites the edit by %(name)s") % {"name": draft.author}
        return gettext("Rewrites run %(run)s, variant %(variant)s") % {
            "run": draft.run_id,
            "variant": draft.variant + 1,
        }


def panels_of(runs: Iterable[GenerationRun], *, may_write: bool) -> list[RunPanel]:
    """The panels of runs of one brief, in the order given. The number of queries does not grow with them."""
    runs = list(runs)
    prefetch_related_objects(runs, "revises__author")
    places = places_of(runs)
    panels = {run.pk: RunPanel(run, may_write, places.get(run.pk)) for run in runs}
    briefs = {panel.run.brief_id for panel in panels.values()}
    wanted = Draft.objects.filter(Q(run__in=panels) | Q(run__isnull=True, brief__in=briefs)).settled()
    homes: dict[int, tuple[int, int]] = {}
    drafts = list(with_reviews(wanted).order_by("pk"))
    corrected_in = corrections_in(drafts)
    for draft in drafts:
        home = home_of(draft, homes)
        if home is not None:
            homes[draft.pk] = home
            panels[home[0]].cards.append(DraftCard(draft, home[1], may_write, corrected_in.get(draft.pk)))
    for panel in panels.values():
        panel.cards.sort(key=lambda card: (card.variant, card.draft.pk))
    return list(panels.values())


def corrections_in(drafts: Iterable[Draft]) -> dict[int, Any]:
    """By the id of a reviewer's correction: the review of one of the drafts in which it is the text to decide on."""
    reviews = [review for draft in drafts for review in draft.reviews.all()]
    return {review.current_draft_id: review for review in reviews if review.current_draft_id != review.draft_id}


def home_of(draft: Draft, homes: dict[int, tuple[int, int]]) -> tuple[int, int] | None:
    """Run and variant of the model's draft from which this one comes; None where that is on another page."""
    if draft.run_id is not None and draft.variant is not None:
        return draft.run_id, draft.variant
    return homes.get(draft.parent_id) if draft.parent_id is not None else None
