"""Decided reviews of chosen moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from generation.models import ModelVersion
from review.models import Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review, make_run, without_triggers
from tests.review.quality.judging import judge


def on(day: int, hour: int = 12) -> datetime:
    """A moment of October 2026."""
    return datetime(2026, 10, day, hour, tzinfo=UTC)


def decided(
    cast: Cast,
    verdict: str = "approve",
    at: datetime | None = None,
    waited: timedelta = timedelta(hours=2),
    model: ModelVersion | None = None,
    correction: str | None = None,
    **described: Any,
) -> Review:
    """`at` None is now. `described` is what PostgreSQL would know of another brief: language, prompt."""
    brief = make_brief(cast.marketer, cast.team)
    review = make_review(make_draft(brief, run=make_run(brief, model=model)))
    judge(cast.reviewer, review, verdict, correction)
    changes: dict[str, Any] = described
    if at is not None:
        changes |= {"decided_at": at, "submitted_at": at - waited}
    if changes:
        with without_triggers():
            Review.objects.filter(pk=review.pk).update(**changes)
    return Review.objects.get(pk=review.pk)
