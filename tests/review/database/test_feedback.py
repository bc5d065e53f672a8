"""Who says something about which text, and that it stays as it was said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from generation.models import Draft
from review.actions.decisions import approve
from review.actions.verdicts import Verdict
from review.models import Feedback, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_draft, make_policy, make_review
from tests.review.database.writing import correction, refused, row, say, taken


def test_nothing_is_said_after_the_decision(cast: Cast, held: Review, draft: Draft, reason: ReasonCode) -> None:
    said = approve(actor=cast.reviewer, review=held, sha256=draft.sha256)
    with refused("is not open"):
        said.reasons.add(reason)
    waiting = make_review(make_draft(draft.brief, "Another tea."))
    for closed in (held, waiting):
        with refused("is not in the hands of"):
            say(closed, reviewer=cast.reviewer)


def test_only_who_holds_the_review_says_something(cast: Cast, held: Review) -> None:
    with refused("is not in the hands of"):
        say(held, reviewer=cast.second_reviewer)
    say(held)


def test_who_contributed_to_the_text_says_nothing(cast: Cast, held: Review) -> None:
    with refused("contributed to the text"):
        say(taken(held, cast.marketer))


def test_feedback_is_on_the_text_under_review(cast: Cast, held: Review) -> None:
    row(held).update(current_draft=correction(held))
    with refused("is not the text of review"):
        say(held, draft=held.draft)
    say(Review.objects.get(pk=held.pk))


def test_nobody_judges_a_text_twice(cast: Cast, held: Review, reason: ReasonCode) -> None:
    said = say(held)
    with refused("feedback_once_a_text"):
        say(held, reason, verdict="REJECTED")
    Feedback.objects.filter(pk=said.pk).update(undone_at=Now())
    say(held, reason, verdict="REJECTED")


def test_a_corrector_has_judged_the_correction(held: Review) -> None:
    child = correction(held)
    say(held, approved_draft=child)
    row(held).update(current_draft=child)
    with refused("feedback_once_a_text"):
        say(Review.objects.get(pk=held.pk))


def test_an_approval_without_the_fact_check_is_refused_where_the_policy_asks_for_it(
    cast: Cast, draft: Draft, reason: ReasonCode
) -> None:
    make_policy(cast.team, fact_check=True)
    review = make_review(draft, claimed_by=cast.reviewer)
    with refused("were not checked"):
        say(review)
    say(review, facts_checked=True)


def test_a_refusal_needs_no_fact_check(cast: Cast, draft: Draft, reason: ReasonCode) -> None:
    make_policy(cast.team, fact_check=True)
    say(make_review(draft, claimed_by=cast.reviewer), reason, verdict="REJECTED")


def test_feedback_that_was_taken_back_stays_so(held: Review) -> None:
    said = Feedback.objects.filter(pk=say(held).pk)
    assert said.update(undone_at=Now()) == 1
    for value in (None, Now()):
        with refused("cannot be taken back any more"):
            said.update(undone_at=value)


def test_feedback_is_taken_back_within_seconds(held: Review) -> None:
    said = say(held, given_at=timezone.now() - timedelta(seconds=16))
    with refused("cannot be taken back any more"):
        Feedback.objects.filter(pk=said.pk).update(undone_at=Now())


@pytest.mark.parametrize(("verdict", "names"), [("APPROVED", False), ("REJECTED", True), ("PENDING", False)])
def test_a_verdict_is_whole(held: Review, verdict: str, names: bool) -> None:
    with refused("feedback_approval_names_draft|feedback_verdict_known"):
        say(held, verdict=verdict, approved_draft=held.draft if names else None)


def test_feedback_is_written_once(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=Verdict(accuracy=2))
    attempts: list[dict[str, Any]] = [
        {"comment": "Rather good."},
        {"verdict": "REJECTED", "approved_draft": None},
        {"reviewer": cast.second_reviewer},
        {"step": 2},
        {"kind": "adjudication"},
        {"facts_checked": True},
        {"seconds": 3},
        {"given_at": Now()},
    ]
    for changes in attempts:
        with refused("Cannot update rows"):
            Feedback.objects.update(**changes)


@pytest.mark.parametrize("rating", ["accuracy", "brand_fit", "language"])
@pytest.mark.parametrize("value", [0, 6])
def test_a_rating_runs_from_one_to_five(held: Review, rating: str, value: int) -> None:
    with refused(f"feedback_{rating}_in_range"):
        say(held, None, **{rating: value})
