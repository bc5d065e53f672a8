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

# Verdicts by feedback_of_period. Only the texts with several are put in order: most have one. Both counts come from one
# look at them.
SHARED = """
WITH given AS NOT MATERIALIZED (
    SELECT id, draft_id, step, reviewer_id,
        CASE WHEN approved_draft_id <> draft_id THEN 'CORRECTED' ELSE verdict END COLLATE "C" AS outcome
    FROM review_feedback
    WHERE team_id = %(team)s
        AND (%(since)s::timestamptz IS NULL OR given_at >= %(since)s)
        AND undone_at IS NULL
        AND kind = 'review'
        AND id NOT IN (
            SELECT feedback.id FROM review_review review
            JOIN review_feedback feedback ON feedback.review_id = review.id
            WHERE review.team_id = %(team)s AND NOT review.break_glass = ''
                AND review.decided_by_id = feedback.reviewer_id
        )
), several AS MATERIALIZED (
    SELECT draft_id, step FROM given GROUP BY draft_id, step HAVING count(*) > 1
), verdicts AS MATERIALIZED (
    SELECT DISTINCT ON (draft_id, step, reviewer_id) draft_id, step, reviewer_id, outcome
    FROM given JOIN several USING (draft_id, step)
    ORDER BY draft_id, step, reviewer_id, id
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
