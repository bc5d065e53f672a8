"""What is counted of verdicts without looking at their reviews: their team, their times."""

from __future__ import annotations

from statistics import median

import pytest
from django.db import DatabaseError, transaction

from review.actions.decisions import approve
from review.models import Feedback, Review
from review.percentiles import median_of
from tests.cast import Cast


def test_a_verdict_belongs_to_the_team_of_its_review(cast: Cast, held: Review) -> None:
    """PostgreSQL says which, whatever the writer says."""
    said = Feedback.objects.create(
        review=held,
        team=cast.other_team,
        reviewer=cast.reviewer,
        verdict="APPROVED",
        draft=held.draft,
        approved_draft=held.draft,
    )
    said.refresh_from_db()
    assert said.team == cast.team


def test_and_stays_there(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    with pytest.raises(DatabaseError, match="Cannot update rows"), transaction.atomic():
        Feedback.objects.update(team=cast.other_team)


@pytest.mark.parametrize(
    "values", [[7], [7, 7], [1, 2], [1, 2, 9], [1, 1, 2, 9], [5, 1, 1, 1], [3, 3, 4, 4], [0, 0, 600], [2, 8, 8, 9, 30]]
)
def test_the_median_of_counted_values(values: list[int]) -> None:
    assert median_of({value: values.count(value) for value in values}) == median(values)


def test_no_values_have_no_median() -> None:
    assert median_of({}) is median_of({3: 0}) is None
