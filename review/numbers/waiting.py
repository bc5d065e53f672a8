"""How long texts waited, from submission to decision, and what waits now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, FloatField, Q
from django.db.models.functions import Extract, Now

from review.models import Review
from review.numbers.span import Span
from review.percentiles import Median, Percentile

SECONDS = Extract(
    ExpressionWrapper(F("decided_at") - F("submitted_at"), output_field=DurationField()),
    "epoch",
    output_field=FloatField(),
)
MEASURED = {"half": Median(SECONDS), "nine_of_ten": Percentile(SECONDS, fraction=0.9)}


@dataclass(frozen=True)
class Waiting:
    """Seconds within which half and nine of ten decisions were taken; None where there was none."""

    half: float | None = None
    nine_of_ten: float | None = None


@dataclass(frozen=True)
class Open:
    waiting: int
    overdue: int


def waiting_by_bucket(span: Span) -> dict[date, Waiting]:
    rows: Any = span.decided().values(bucket=span.bucket).annotate(**MEASURED)
    return {row["bucket"]: Waiting(row["half"], row["nine_of_ten"]) for row in rows}


def waiting_overall(span: Span) -> Waiting:
    return Waiting(**span.decided().aggregate(**MEASURED))


def open_now(span: Span) -> Open:
    """By review_queue, whatever the range of days."""
    reviews = Review.objects.open().filter(team=span.team_id).order_by()
    if span.language:
        reviews = reviews.filter(language=span.language)
    return Open(**reviews.aggregate(waiting=Count("*"), overdue=Count("team", filter=Q(due_at__lt=Now()))))
