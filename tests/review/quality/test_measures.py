"""The measures of a team's verdicts, from verdicts given as people give them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from review.actions.break_glass import break_glass
from review.actions.undo import undo_verdict
from review.models import Review
from review.quality.figures import Undefined
from review.quality.measures import Judged, Quality, judged, quality_of
from review.quality.people import people_of
from review.quality.rates import Rate
from review.quality.shared_texts import SharedTexts, shared_texts
from tests.cast import Cast
from tests.factories import make_policy, make_reason
from tests.review.quality.judging import changed, gold_review, judge, new_review


@pytest.fixture(autouse=True)
def _two_reviewers(cast: Cast) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    make_reason(cast.team)


def everything(cast: Cast) -> Judged:
    return judged(cast.team.pk, None)


def shared(cast: Cast) -> SharedTexts:
    return shared_texts(cast.team.pk, None)


def quality(cast: Cast) -> Quality:
    return quality_of(everything(cast))


def disagree(cast: Cast) -> Review:
    """Approved by the reviewer, rejected by the second, and approved by the adjudicator."""
    review = new_review(cast)
    judge(cast.reviewer, review, "approve")
    judge(cast.second_reviewer, review, "reject")
    judge(cast.third_reviewer, review, "approve")
    return review


def agree(cast: Cast, verdict: str = "approve") -> Review:
    review = new_review(cast)
    judge(cast.reviewer, review, verdict)
    judge(cast.second_reviewer, review, verdict)
    return review


def test_nothing_judged_has_no_figures(cast: Cast) -> None:
    found = quality(cast)
    assert (found.verdicts, found.times.median_seconds) == (0, None)
    assert found.alpha.undefined is Undefined.NOTHING_SHARED
    assert found.kappa.value is None
    assert [rate.share for rate in (found.reversed, found.taken_back, found.gold)] == [None, None, None]


def test_verdicts_on_the_same_text_are_compared_and_adjudications_are_not(cast: Cast) -> None:
    agree(cast), agree(cast, "reject"), disagree(cast)
    assert shared(cast).units == Counter(
        {("APPROVED", "APPROVED"): 1, ("REJECTED", "REJECTED"): 1, ("APPROVED", "REJECTED"): 1}
    )
    found = quality(cast)
    assert (found.alpha.items, found.alpha.pairs) == (3, 3)
    # By hand: 6 values, 3 of each; 2 of 6 disagree where 5 * 2 / 18 expects: 1 - 5 * 2 / 18.
    assert found.alpha.value == pytest.approx(1 - 5 * 2 / 18)
    assert found.kappa.value == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))
    assert (found.kappa.twos, found.kappa.texts) == (1, 3)


def test_a_correction_is_another_outcome_than_an_approval(cast: Cast) -> None:
    review = new_review(cast)
    judge(cast.reviewer, review, "approve")
    judge(cast.second_reviewer, review, "approve", correction="A fresh tea of this spring.")
    assert shared(cast).units == Counter({("APPROVED", "CORRECTED"): 1})


def test_different_steps_answer_different_questions(cast: Cast) -> None:
    make_policy(cast.team, {}, {})
    agree(cast)
    assert shared(cast).units == Counter()


def test_what_was_taken_back_counts_apart(cast: Cast) -> None:
    review = new_review(cast)
    undo_verdict(actor=cast.reviewer, feedback=judge(cast.reviewer, review, "reject"))
    judge_again = Review.objects.with_subject().get(pk=review.pk)
    judge(cast.reviewer, judge_again, "approve")
    judge(cast.second_reviewer, review, "approve")
    found = quality(cast)
    assert found.taken_back == Rate(1, 3)
    assert shared(cast).units == Counter({("APPROVED", "APPROVED"): 1})
    assert found.reversed == Rate(0, 1)


def test_a_first_verdict_that_the_adjudicator_did_not_follow_is_reversed(cast: Cast) -> None:
    agree(cast), disagree(cast)
    review = new_review(cast)
    judge(cast.second_reviewer, review, "reject")
    judge(cast.reviewer, review, "approve")
    judge(cast.third_reviewer, review, "approve")
    assert quality(cast).reversed == Rate(1, 3)


def test_a_correction_after_an_approval_reverses_it(cast: Cast) -> None:
    review = new_review(cast)
    judge(cast.reviewer, review, "approve")
    judge(cast.second_reviewer, review, "approve", correction="Better.")
    judge(cast.third_reviewer, review, "approve")
    assert Review.objects.get(pk=review.pk).status == Review.Status.APPROVED
    assert quality(cast).reversed == Rate(1, 1)


def test_a_review_of_one_verdict_cannot_be_reversed(cast: Cast) -> None:
    make_policy(cast.team, {})
    judge(cast.reviewer, new_review(cast), "approve")
    assert quality(cast).reversed == Rate(0, 0)


def test_texts_with_a_known_answer(cast: Cast) -> None:
    """They measure, they give comparisons, and they are nobody's decision."""
    draft = agree(cast, "reject").draft
    judge(cast.third_reviewer, gold_review(cast, draft, cast.third_reviewer), "approve")
    found = quality(cast)
    assert found.gold == Rate(0, 1)
    assert shared(cast).units == Counter({("APPROVED", "REJECTED", "REJECTED"): 1})
    assert found.reversed == Rate(0, 1)


def test_the_median_time_of_verdicts_that_stand(cast: Cast) -> None:
    for seconds in (10, 20, 90):
        changed(judge(cast.reviewer, new_review(cast), "approve"), seconds=seconds)
    assert (quality(cast).times.median_seconds, quality(cast).times.verdicts) == (20, 3)


def test_a_decision_against_the_rules_says_nothing_of_the_time(cast: Cast) -> None:
    review = new_review(cast)
    changed(judge(cast.reviewer, review, "approve"), seconds=30)
    review = Review.objects.with_subject().get(pk=review.pk)
    why = "The shop opens in an hour and nobody else is here."
    sha256 = review.current_draft.sha256
    changed(break_glass(actor=cast.lead, review=review, sha256=sha256, decision="APPROVED", reason=why), seconds=0)
    found = quality(cast)
    assert (found.verdicts, found.times.median_seconds, found.times.verdicts) == (2, 30, 1)
    times = {person.user: person.times.verdicts for person in people_of(everything(cast)).each}
    assert times == {cast.reviewer: 1, cast.lead: 0}


def test_only_the_period_counts(cast: Cast) -> None:
    review = agree(cast)
    for feedback in review.feedback.all():
        changed(feedback, given_at=timezone.now() - timedelta(days=31))
    found = quality_of(judged(cast.team.pk, timezone.now() - timedelta(days=30)))
    assert (found.verdicts, found.alpha.items) == (0, 0)
    assert quality(cast).alpha.items == 1


def test_another_team_s_verdicts_do_not_count(cast: Cast) -> None:
    agree(cast)
    theirs = judged(cast.other_team.pk, None)
    found = quality_of(theirs)
    assert (found.verdicts, found.alpha.items, found.reversed.of) == (0, 0, 0)
    assert people_of(theirs).each == []


def test_people_stand_in_the_order_of_their_names(cast: Cast) -> None:
    disagree(cast), agree(cast)
    people = people_of(everything(cast))
    assert [person.user for person in people.each] == [cast.reviewer, cast.second_reviewer, cast.third_reviewer]
    assert [person.verdicts for person in people.each] == [2, 2, 1]
    (two,) = people.twos
    assert (two.one, two.other, two.agreed) == (cast.reviewer, cast.second_reviewer, Rate(1, 2))
    assert shared(cast).tables[cast.reviewer.pk, cast.second_reviewer.pk].total() == 2


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as context:
            quality_of(everything(cast))
            people_of(judged(cast.team.pk, None))
        return len(context)

    agree(cast)
    few = queries()
    disagree(cast), agree(cast, "reject")
    assert queries() == few == 9
