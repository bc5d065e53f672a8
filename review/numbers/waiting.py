"""How long texts waited, from submission to decision, and what waits now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import Now

from review.models import Review
from review.numbers.span import Span

# By review_decisions, a range at a time, because sorting them all at once takes twice as long. DATE_PART instead of
# EXTRACT, whose decimal figures are slow to sort.
WAITS = """
SELECT waits.within
FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) WITH ORDINALITY AS range (since, until, place)
CROSS JOIN LATERAL (
    SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY date_part('epoch', decided_at - submitted_at))
    FROM review_review
    WHERE team_id = %(team)s
        AND status IN ('APPROVED', 'CHANGES_REQUESTED', 'REJECTED')
        AND gold_id IS NULL
        AND decided_at >= range.since AND decided_at < range.until
        AND (%(language)s = '' OR language = %(language)s)
) AS waits (within)
ORDER BY range.place
"""


@dataclass(frozen=True)
class Waiting:
    """Seconds within which half and nine of ten decisions were taken; None where there was none."""

    half: float | None = None
    nine_of_ten: float | None = None


@dataclass(frozen=True)
class Waits:
    overall: Waiting
    by_bucket: dict[date, Waiting]


@dataclass(frozen=True)
class Open:
    waiting: int
    overdue: int


def waits_of(span: Span) -> Waits:
    """One query. Buckets without a decision are left out."""
    buckets = list(span.buckets())
    ranges = [span.bounds(), *(span.bounds(bucket) for bucket in buckets)]
    since, until = zip(*ranges, strict=True)
    given: dict[str, Any] = {
        "team": span.team_id,
        "language": span.language,
        "since": list(since),
        "until": list(until),
    }
    with connection.cursor() as cursor:
        cursor.execute(WAITS, given)
        overall, *each = (Waiting(*(within or ())) for (within,) in cursor.fetchall())
    found = zip(buckets, each, strict=True)
    return Waits(overall, {bucket: waiting for bucket, waiting in found if waiting.half is not None})


def open_now(span: Span) -> Open:
    """Whatever the range of days. By review_queue, which does not know texts with a known answer: the few that are open
    are counted apart.
    """
    reviews = Review.for_reviewers.open().filter(team=span.team_id).order_by()
    if span.language:
        reviews = reviews.filter(language=span.language)
    every, known = (
        found.aggregate(waiting=Count("*"), overdue=Count("team", filter=Q(due_at__lt=Now())))
        for found in (reviews, reviews.filter(assigned_to__isnull=False, gold__isnull=False))
    )
    return Open(every["waiting"] - known["waiting"], every["overdue"] - known["overdue"])
