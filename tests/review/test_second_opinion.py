from __future__ import annotations

import pytest

from generation.models import Draft
from review.actions import submission
from tests.cast import Cast
from tests.factories import make_draft, make_policy, make_review
from tests.review.judging import asked, judge, under

pytestmark = pytest.mark.usefixtures("reason")


def test_a_share_of_reviews_gets_a_second_opinion(cast: Cast, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    make_policy(cast.team, {}, {}, second_opinion_percent=25)
    drawn = iter([0.26, 0.24])
    monkeypatch.setattr(submission, "random", lambda: next(drawn))
    assert not make_review(make_draft(draft.brief, "Another tea.")).second_opinion
    review = make_review(draft)
    assert review.second_opinion
    judge(review, cast.reviewer)
    assert asked(review) == ("PENDING", 1, False)
    judge(review, cast.second_reviewer)
    assert asked(review) == ("PENDING", 2, False), "the second step wants one reviewer, as ever"
    judge(review, cast.third_reviewer)
    assert review.status == "APPROVED"


def test_a_second_opinion_that_differs_is_a_dispute(cast: Cast, draft: Draft) -> None:
    review = under(draft, second_opinion_percent=100)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    assert asked(review) == ("PENDING", 1, True)
