"""The steps of a review as its page tells them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import User
from review.course import Course, course_of
from review.models import Review
from review.standing import standing
from tests.cast import Cast
from tests.factories import make_draft, make_group, make_policy, make_reason, make_review
from tests.review.judging import judge


@pytest.fixture(autouse=True)
def _reasons(cast: Cast) -> None:
    make_reason(cast.team)


@pytest.fixture
def review(cast: Cast, waiting: Review) -> Review:
    """Two editors, then one of legal."""
    legal = make_group(cast.team, "Legal", cast.third_reviewer)
    make_policy(cast.team, {"name": "Editors", "reviewers": 2, "rule": "unanimous"}, {"group": legal})
    return make_review(make_draft(waiting.draft.brief, "A tea for three."))


def course(user: User, review: Review) -> Course:
    review = Review.objects.with_subject().get(pk=review.pk)
    return course_of(user, review, standing(user, review))


def steps(user: User, review: Review) -> list[tuple[str, int, int, bool]]:
    return [(one.state, one.judged, one.wanted, one.disputed) for one in course(user, review).steps]


def test_one_reviewer_alone_is_nothing_to_tell(cast: Cast, waiting: Review) -> None:
    assert course(cast.reviewer, waiting).is_simple
    judge(waiting, cast.reviewer)
    assert course(cast.marketer, waiting).is_simple


def test_the_steps_one_after_the_other(cast: Cast, review: Review) -> None:
    assert steps(cast.lead, review) == [("current", 0, 2, False), ("todo", 0, 1, False)]
    judge(review, cast.reviewer)
    assert steps(cast.lead, review) == [("current", 1, 2, False), ("todo", 0, 1, False)]
    judge(review, cast.second_reviewer)
    assert steps(cast.lead, review) == [("done", 2, 2, False), ("current", 0, 1, False)]
    judge(review, cast.third_reviewer)
    assert steps(cast.lead, review) == [("done", 2, 2, False), ("done", 1, 1, False)]


def test_a_refusal_leaves_later_steps_out(cast: Cast, review: Review) -> None:
    judge(review, cast.reviewer, "REJECTED")
    judge(review, cast.second_reviewer, "REJECTED")
    assert steps(cast.lead, review) == [("done", 2, 2, False), ("skipped", 0, 1, False)]


def test_a_dispute_and_its_adjudication(cast: Cast, review: Review) -> None:
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    assert steps(cast.lead, review)[0] == ("current", 2, 2, True)
    judge(review, cast.third_reviewer, "REJECTED")
    assert steps(cast.lead, review)[0] == ("done", 2, 2, False)
    assert [one.feedback.kind for one in course(cast.lead, review).steps[0].verdicts][-1] == "adjudication"


def test_a_correction_begins_again(cast: Cast, review: Review) -> None:
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, text="A tea for three, corrected.")
    assert steps(cast.lead, review)[0] == ("current", 1, 2, False)
    found = course(cast.lead, review)
    assert [one.reviewer for one in found.earlier] == [cast.reviewer]
    assert [one.reviewer for one in found.steps[0].verdicts] == [cast.second_reviewer]


@pytest.mark.parametrize(("rules", "judged"), [({"confirm_corrections": True}, 0), ({"confirm_corrections": False}, 1)])
def test_a_correction_that_needs_confirming_is_no_vote(
    cast: Cast, waiting: Review, rules: dict[str, Any], judged: int
) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, **rules)
    review = make_review(make_draft(waiting.draft.brief, "A tea for four."))
    judge(review, cast.reviewer, text="A tea for five.")
    assert steps(cast.lead, review) == [("current", judged, 2, False)]


def test_a_second_opinion_is_one_more_at_the_first_step(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, {}, {}, second_opinion_percent=100)
    review = make_review(make_draft(waiting.draft.brief, "A tea for six."))
    assert [one.wanted for one in course(cast.lead, review).steps] == [2, 1]


def test_blind_counts_without_verdicts(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, blind=True)
    review = make_review(make_draft(waiting.draft.brief, "A tea for seven."))
    judge(review, cast.reviewer)
    found = course(cast.second_reviewer, review)
    assert (found.steps[0].judged, found.steps[0].verdicts, found.has_verdicts) == (1, [], False)


def test_it_asks_the_database_nothing(cast: Cast, review: Review) -> None:
    judge(review, cast.reviewer)
    found = Review.objects.with_subject().get(pk=review.pk)
    reader = standing(cast.lead, found)
    with CaptureQueriesContext(connection) as captured:
        course_of(cast.lead, found, reader)
    assert len(captured) == 0
