"""How far a brief has come, derived from its runs, drafts and reviews.

Here, in draft_cards.py and in review_remarks.py generation reads reviews: by the names of the reverse relations
(`reviews`, `approvals`), never by an import.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Case, Exists, OuterRef, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from generation.models import Draft, GenerationRun
from generation.models.briefs import BriefQuerySet


class BriefState(models.TextChoices):
    NO_DRAFTS = "NO_DRAFTS", _("No drafts yet")
    GENERATING = "GENERATING", _("Generating")
    FAILED = "FAILED", _("Generation failed")
    DRAFTS_READY = "DRAFTS_READY", _("Drafts ready")
    IN_REVIEW = "IN_REVIEW", _("In review")
    CHANGES_REQUESTED = "CHANGES_REQUESTED", _("Changes requested")
    APPROVED = "APPROVED", _("Approved")
    REJECTED = "REJECTED", _("Rejected")


RUNS = GenerationRun.objects.filter(brief=OuterRef("pk"))
DRAFTS = Draft.objects.filter(brief=OuterRef("pk"))
# A text with a known answer is judged again by reviewers whom that measures; its author hears nothing of it.
DECISIONS = DRAFTS.filter(reviews__decided_at__isnull=False, reviews__gold=None).order_by("-reviews__decided_at")


def with_state(briefs: BriefQuerySet) -> BriefQuerySet:
    """The briefs, each with its BriefState in `state`. What is under way comes first, an approval outlasts later
    refusals, and a refusal lasts until newer drafts were generated."""
    newest_decision = DECISIONS.values("reviews__decided_at")[:1]
    return briefs.annotate(
        decision=Subquery(DECISIONS.values("reviews__status")[:1]),
        decided_at=Subquery(newest_decision),
        state=Case(
            When(Exists(RUNS.filter(status__in=("QUEUED", "RUNNING"))), then=Value(BriefState.GENERATING)),
            When(
                Exists(DRAFTS.filter(reviews__status__in=("PENDING", "IN_REVIEW"), reviews__gold=None)),
                then=Value(BriefState.IN_REVIEW),
            ),
            When(
                Exists(DRAFTS.filter(reviews__status="APPROVED", reviews__gold=None)), then=Value(BriefState.APPROVED)
            ),
            When(
                Exists(DRAFTS.filter(origin=Draft.Origin.MODEL, created_at__gt=OuterRef("decided_at"))),
                then=Value(BriefState.DRAFTS_READY),
            ),
            When(decision="CHANGES_REQUESTED", then=Value(BriefState.CHANGES_REQUESTED)),
            When(decision="REJECTED", then=Value(BriefState.REJECTED)),
            When(Exists(DRAFTS), then=Value(BriefState.DRAFTS_READY)),
            When(Exists(RUNS.filter(status="FAILED")), then=Value(BriefState.FAILED)),
            default=Value(BriefState.NO_DRAFTS),
            output_field=models.CharField(),
        ),
    )
