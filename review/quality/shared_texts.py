"""Texts on which two people or more gave a verdict, counted by PostgreSQL: what agreement is computed from.

Two verdicts compare where both were given on the same text at the same step, so that both answer the same question
(an editor's approval says nothing about a lawyer's). Adjudications, broken glass and verdicts that were taken back do
not count; verdicts on texts with a known answer do. Of a person's several verdicts on a text the first counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from review.quality.agreement import Cell, Verdicts

# Verdicts by feedback_by_time. Both counts come from one look at them.
SHARED = """
WITH verdicts AS MATERIALIZED (
    SELECT DISTINCT ON (feedback.draft_id, feedback.step, feedback.reviewer_id)
        feedback.draft_id, feedback.step, feedback.reviewer_id,
        CASE WHEN feedback.approved_draft_id <> feedback.draft_id THEN 'CORRECTED' ELSE feedback.verdict END AS outcome
    FROM review_feedback feedback
    JOIN review_review review ON review.id = feedback.review_id
    WHERE review.team_id = %(team)s
        AND (%(since)s::timestamptz IS NULL OR feedback.given_at >= %(since)s)
        AND feedback.undone_at IS NULL
        AND feedback.kind = 'review'
        AND NOT (review.break_glass <> '' AND review.decided_by_id = feedback.reviewer_id)
    ORDER BY feedback.draft_id, feedback.step, feedback.reviewer_id, feedback.id
), texts AS MATERIALIZED (
    SELECT array_agg(reviewer_id ORDER BY outcome, reviewer_id) AS reviewers,
        array_agg(outcome::text ORDER BY outcome, reviewer_id) AS outcomes
    FROM verdicts GROUP BY draft_id, step HAVING count(*) > 1
)
SELECT NULL, NULL, outcomes, count(*) FROM texts GROUP BY outcomes
UNION ALL
SELECT one.reviewer, other.reviewer, ARRAY[one.outcome, other.outcome], count(*)
FROM texts,
    unnest(reviewers, outcomes) AS one (reviewer, outcome),
    unnest(reviewers, outcomes) AS other (reviewer, outcome)
WHERE one.reviewer < other.reviewer
GROUP BY one.reviewer, other.reviewer, one.outcome, other.outcome
"""


@dataclass(frozen=True)
class SharedTexts:
    """`units`: how many texts got which outcomes. `tables`: for every two people, smaller id first, how often the one
    said this and the other that."""

    units: Counter[Verdicts]
    tables: dict[tuple[int, int], Counter[Cell]]


def shared_texts(team_id: int, since: datetime | None) -> SharedTexts:
    """One query, whatever the number of texts and people."""
    shared = SharedTexts(Counter(), {})
    with connection.cursor() as cursor:
        cursor.execute(SHARED, {"team": team_id, "since": since})
        for one, other, outcomes, count in cursor.fetchall():
            if one is None:
                shared.units[tuple(outcomes)] = count
            else:
                said, answered = outcomes
                shared.tables.setdefault((one, other), Counter())[said, answered] = count
    return shared
