"""First verdicts that did not stand: somebody looked again, and the review ended otherwise."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from review.quality.rates import Rate

# Reviews by review_decisions, their verdicts by feedback_by_review.
REVERSALS = """
SELECT reviewer_id, count(*) FILTER (WHERE verdict <> status OR approved_draft_id <> ended_with), count(*)
FROM (
    SELECT DISTINCT ON (review.id)
        feedback.reviewer_id, feedback.verdict, feedback.approved_draft_id,
        review.status, review.approved_draft_id AS ended_with, count(*) OVER (PARTITION BY review.id) AS verdicts
    FROM review_review review
    JOIN review_feedback feedback ON feedback.review_id = review.id AND feedback.undone_at IS NULL
    WHERE review.team_id = %(team)s
        AND review.status IN ('APPROVED', 'CHANGES_REQUESTED', 'REJECTED')
        AND (%(since)s::timestamptz IS NULL OR review.decided_at >= %(since)s)
        AND review.gold_id IS NULL
    ORDER BY review.id, feedback.id
) first_verdicts
WHERE verdicts > 1
GROUP BY reviewer_id
"""


def reversals(team_id: int, since: datetime | None) -> dict[int, Rate]:
    """By the person who judged first, among the decided reviews in which somebody judged after them.

    A verdict is reversed where the review ended with another status, or approved another text.
    """
    with connection.cursor() as cursor:
        cursor.execute(REVERSALS, {"team": team_id, "since": since})
        return {reviewer: Rate(count, of) for reviewer, count, of in cursor.fetchall()}
