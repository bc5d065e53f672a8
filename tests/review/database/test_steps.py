"""An approval has passed every step of its policy."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models.functions import Now

from generation.models import Draft
from tests.cast import Cast, make_user
from tests.factories import make_policy, make_review
from tests.review.database.writing import DECIDE, correction, execute, refused, row, say, taken


def test_every_step_of_the_policy_approves(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 3}, {"reviewers": 2, "rule": "unanimous"})
    review = make_review(draft, claimed_by=cast.reviewer)
    voters = [cast.reviewer, cast.second_reviewer, cast.third_reviewer, make_user("fourth", cast.team, "reviewer")]
    for person, step in zip(voters, (1, 1, 2, 2), strict=True):
        with refused("has not passed every step"):
            execute(DECIDE, cast.reviewer.pk, review.pk)
        say(taken(review, person), step=step)
    execute(DECIDE, voters[-1].pk, review.pk)


def test_a_second_opinion_is_one_approval_more(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, second_opinion_percent=100)
    review = make_review(draft, claimed_by=cast.reviewer)
    say(review)
    with refused("has not passed every step"):
        execute(DECIDE, cast.reviewer.pk, review.pk)
    say(taken(review, cast.second_reviewer))
    execute(DECIDE, cast.second_reviewer.pk, review.pk)


@pytest.mark.parametrize("kind", ["review", "adjudication"])
def test_a_correction_that_needs_confirming_is_no_approval(cast: Cast, draft: Draft, kind: str) -> None:
    make_policy(cast.team, confirm_corrections=True)
    review = make_review(draft, claimed_by=cast.reviewer)
    child = correction(review)
    say(review, approved_draft=child, kind=kind)
    decision: dict[str, Any] = {"status": "APPROVED", "decided_at": Now(), "approved_draft": child}
    with refused("has not passed every step"):
        row(review).update(current_draft=child, decided_by=cast.reviewer, **decision)
    row(review).update(current_draft=child)
    say(taken(review, cast.second_reviewer))
    assert row(review).update(decided_by=cast.second_reviewer, **decision) == 1


def test_an_adjudicator_approves_a_step_alone(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 5, "rule": "unanimous"})
    review = make_review(draft, claimed_by=cast.reviewer)
    say(review, kind="adjudication")
    execute(DECIDE, cast.reviewer.pk, review.pk)


def test_break_glass_needs_no_step_and_no_four_eyes_but_its_reason(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 5})
    review = taken(make_review(draft), cast.marketer)
    with refused("contributed to the text"):
        say(review)
    row(review).update(break_glass="The shop opens in an hour.")
    say(review)
    execute(DECIDE, cast.marketer.pk, review.pk)
