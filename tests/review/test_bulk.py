"""One act on many reviews: each for itself, with its own event."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.audit.models import AuditEvent
from review.actions.bulk import Outcome, assign_each, decide_each, set_priority_of_each, undo_each
from review.actions.claims import claim
from review.actions.submission import withdraw
from review.actions.verdicts import Verdict
from review.models import Feedback, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_policy, make_review
from tests.review.judging import judge
from tests.review.people import also_reviewer


def several(cast: Cast, number: int, title: str = "Tea") -> list[Review]:
    briefs = [make_brief(cast.marketer, cast.team, f"{title} {text}") for text in range(number)]
    ids = [make_review(make_draft(brief, f"{brief.title}, freshly picked.")).pk for brief in briefs]
    return list(Review.for_reviewers.with_subject().filter(pk__in=ids).order_by("pk"))


def decide(cast: Cast, reviews: list[Review], decision: str = "APPROVED", **changed: Any) -> list[Outcome]:
    sha256 = {review.pk: review.current_draft.sha256 for review in reviews}
    said = Verdict(reasons=() if decision == "APPROVED" else ("inaccurate",), comment="As one.")
    given: dict[str, Any] = {"actor": cast.reviewer, "verdict": said, "sha256": sha256} | changed
    return decide_each(reviews=reviews, decision=decision, **given)


def codes(outcomes: list[Outcome]) -> list[str]:
    return [outcome.code for outcome in outcomes]


def actions(review: Review) -> list[str]:
    return [event.action for event in AuditEvent.objects.about(review).order_by("pk")][1:]


@pytest.mark.parametrize("decision", ["APPROVED", "CHANGES_REQUESTED", "REJECTED"])
def test_each_text_is_one_decision(cast: Cast, reason: ReasonCode, decision: str) -> None:
    reviews = several(cast, 3)
    assert codes(decide(cast, reviews, decision)) == ["", "", ""]
    for review in Review.objects.all():
        assert (review.status, review.decided_by) == (decision, cast.reviewer)
        assert actions(review) == ["review.in_review", f"review.{decision.lower()}"]
    assert {(one.comment, one.review_id) for one in Feedback.objects.all()} == {("As one.", one.pk) for one in reviews}


def test_what_one_holds_is_decided_as_well(cast: Cast, held: Review) -> None:
    assert codes(decide(cast, [held])) == [""]


def test_each_may_fail_alone(cast: Cast, reason: ReasonCode) -> None:
    fine, taken, changed, withdrawn, own, decided = several(cast, 6)
    claim(actor=cast.second_reviewer, review=Review.objects.get(pk=taken.pk))
    withdraw(actor=cast.marketer, review=Review.objects.get(pk=withdrawn.pk))
    judge(Review.objects.get(pk=decided.pk), cast.third_reviewer)
    both = also_reviewer(cast.second_marketer, cast.team)
    own = Review.objects.with_subject().get(
        pk=make_review(make_draft(make_brief(both, cast.team, "Own tea"), "My own.")).pk
    )
    sha256 = {review.pk: review.current_draft.sha256 for review in (fine, taken, changed, withdrawn, own, decided)}
    sha256[changed.pk] = "0" * 64
    given = [fine, taken, changed, withdrawn, own, decided]
    outcomes = decide(cast, given, "REJECTED", actor=both, sha256=sha256)
    assert [outcome.review for outcome in outcomes] == given
    assert codes(outcomes) == ["", "stale_state", "other_text", "stale_state", "four_eyes", "stale_state"]
    assert [outcome.error for outcome in outcomes if outcome.code == "stale_state"] == [
        "Second Reviewer is reviewing it.",
        "It changed meanwhile: Withdrawn.",
        "Third Reviewer has decided on it meanwhile.",
    ]
    states = dict(Review.objects.values_list("pk", "status"))
    assert (states[fine.pk], states[changed.pk], states[own.pk]) == ("REJECTED", "PENDING", "PENDING")
    assert actions(changed) == []
    assert actions(own) == ["review.four_eyes_refused"]


def test_a_policy_that_asks_for_facts_is_kept(cast: Cast) -> None:
    make_policy(cast.team, fact_check=True)
    reviews = several(cast, 2)
    assert codes(decide(cast, reviews)) == ["facts_unchecked", "facts_unchecked"]
    assert set(Review.objects.values_list("status", flat=True)) == {"PENDING"}
    assert codes(decide(cast, reviews, verdict=Verdict(facts_checked=True))) == ["", ""]


def test_a_verdict_that_does_not_settle_asks_the_next(cast: Cast) -> None:
    make_policy(cast.team, {"reviewers": 2})
    reviews = several(cast, 2)
    assert codes(decide(cast, reviews)) == ["", ""]
    assert set(Review.objects.values_list("status", flat=True)) == {"PENDING"}
    assert codes(decide(cast, list(Review.objects.with_subject().order_by("pk")))) == ["judged_already"] * 2


@pytest.mark.parametrize("name", ["lead", "marketer", "auditor", "outsider"])
def test_who_is_no_reviewer_of_the_team_decides_on_nothing(cast: Cast, name: str) -> None:
    reviews = several(cast, 2)
    refused = decide(cast, reviews, actor=getattr(cast, name))
    assert set(codes(refused)) <= {"permission_denied", "four_eyes"}
    assert not Feedback.objects.exists()


def test_assigning_and_moving(cast: Cast) -> None:
    also_reviewer(cast.marketer, cast.team)
    reviews = several(cast, 2)
    held = make_review(make_draft(reviews[0].draft.brief, "Held."), claimed_by=cast.second_reviewer)
    outcomes = assign_each(actor=cast.lead, reviews=[*reviews, held], to=cast.reviewer)
    assert codes(outcomes) == ["", "", "in_hands"]
    assert codes(set_priority_of_each(actor=cast.lead, reviews=[*reviews, held], priority=1)) == ["", "", ""]
    assert actions(reviews[0]) == ["review.assigned", "review.priority_changed"]
    assert codes(assign_each(actor=cast.lead, reviews=reviews, to=None)) == ["", ""]
    assert codes(assign_each(actor=cast.outsider, reviews=reviews, to=cast.outsider)) == ["permission_denied"] * 2
    assert codes(set_priority_of_each(actor=cast.reviewer, reviews=reviews, priority=4)) == ["permission_denied"] * 2


def test_taking_all_of_it_back(cast: Cast) -> None:
    reviews = several(cast, 3)
    decide(cast, reviews)
    taken = Review.objects.with_subject()
    outcomes = undo_each(actor=cast.reviewer, reviews=taken)
    assert codes(outcomes) == ["", "", ""]
    assert Review.objects.filter(status="PENDING", claimed_by=None, decided_by=None).count() == 3
    assert actions(reviews[0])[-2:] == ["review.undone", "review.released"]
    assert codes(undo_each(actor=cast.reviewer, reviews=taken.all())) == ["nothing_to_undo"] * 3


def test_only_ones_own_is_taken_back_and_only_in_time(cast: Cast) -> None:
    make_policy(cast.team, {"reviewers": 2})
    (review,) = several(cast, 1)
    decide(cast, [review])
    assert codes(undo_each(actor=cast.second_reviewer, reviews=[review])) == ["nothing_to_undo"]
    claim(actor=cast.second_reviewer, review=Review.objects.get(pk=review.pk))
    (outcome,) = undo_each(actor=cast.reviewer, reviews=[review])
    assert outcome.error == "Second Reviewer is reviewing it."


@pytest.mark.parametrize("act", ["decide", "assign", "priority", "undo"])
def test_every_further_text_costs_the_same(cast: Cast, act: str) -> None:
    def cost(reviews: list[Review]) -> int:
        if act == "undo":
            decide(cast, reviews)
            reviews = list(Review.for_reviewers.with_subject().filter(pk__in=[review.pk for review in reviews]))
        with CaptureQueriesContext(connection) as queries:
            match act:
                case "decide":
                    outcomes = decide(cast, reviews)
                case "assign":
                    outcomes = assign_each(actor=cast.lead, reviews=reviews, to=cast.reviewer)
                case "priority":
                    outcomes = set_priority_of_each(actor=cast.lead, reviews=reviews, priority=1)
                case _:
                    outcomes = undo_each(actor=cast.reviewer, reviews=reviews)
        assert not any(codes(outcomes))
        return len(queries)

    cost(several(cast, 1, "Roles"))  # reads the actor's roles
    one, two, four = (cost(several(cast, number, f"Of {number}")) for number in (1, 2, 4))
    assert four - two == 2 * (two - one)
