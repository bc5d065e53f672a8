"""Policies at work: several reviewers, steps, groups."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from aigc_portal.accounts.models import User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.claims import claim, claim_next
from review.models import PolicyStep, Review
from tests.cast import Cast, make_user
from tests.factories import make_draft, make_group, make_policy, make_review
from tests.review.judging import asked, judge, under

pytestmark = pytest.mark.usefixtures("reason")

UNANIMOUS = PolicyStep.Rule.UNANIMOUS


def reviewers(cast: Cast, count: int) -> list[User]:
    more = [make_user(f"reviewer {number}", cast.team, "reviewer") for number in range(4, count + 1)]
    return [cast.reviewer, cast.second_reviewer, cast.third_reviewer, *more][:count]


@pytest.mark.parametrize(
    ("step", "verdicts", "outcome"),
    [
        ({"reviewers": 2}, ["APPROVED"], ("PENDING", 1, False)),
        ({"reviewers": 2}, ["APPROVED", "APPROVED"], ("APPROVED", 1, False)),
        ({"reviewers": 2}, ["APPROVED", "REJECTED"], ("PENDING", 1, True)),
        ({"reviewers": 3}, ["APPROVED", "APPROVED"], ("APPROVED", 1, False)),
        ({"reviewers": 3}, ["APPROVED", "REJECTED"], ("PENDING", 1, False)),
        ({"reviewers": 3}, ["APPROVED", "REJECTED", "REJECTED"], ("REJECTED", 1, False)),
        ({"reviewers": 3}, ["APPROVED", "REJECTED", "CHANGES_REQUESTED"], ("PENDING", 1, True)),
        ({"reviewers": 3}, ["CHANGES_REQUESTED", "CHANGES_REQUESTED"], ("CHANGES_REQUESTED", 1, False)),
        ({"reviewers": 3, "rule": UNANIMOUS}, ["APPROVED", "APPROVED"], ("PENDING", 1, False)),
        ({"reviewers": 3, "rule": UNANIMOUS}, ["APPROVED", "REJECTED"], ("PENDING", 1, True)),
        ({"reviewers": 3, "rule": UNANIMOUS}, ["REJECTED"] * 3, ("REJECTED", 1, False)),
        ({"reviewers": 5}, ["REJECTED", "APPROVED", "REJECTED", "APPROVED", "APPROVED"], ("APPROVED", 1, False)),
        ({"reviewers": 5}, ["REJECTED", "APPROVED", "CHANGES_REQUESTED", "APPROVED"], ("PENDING", 1, False)),
        ({"reviewers": 5}, ["REJECTED", "APPROVED", "CHANGES_REQUESTED", "REJECTED", "APPROVED"], ("PENDING", 1, True)),
    ],
)
def test_verdicts_at_one_step(
    cast: Cast, draft: Draft, step: dict[str, Any], verdicts: list[str], outcome: tuple[str, int, bool]
) -> None:
    review = under(draft, step)
    for person, verdict in zip(reviewers(cast, 5), verdicts, strict=False):
        judge(review, person, verdict)
    assert asked(review) == outcome
    review.refresh_from_db()
    assert [said.verdict for said in review.feedback.all()] == verdicts
    judged = AuditEvent.objects.about(review).filter(action="review.judged")
    assert judged.count() == len(verdicts) - review.is_decided
    last = review.deciding_feedback
    assert (last is not None) == review.is_decided
    if last is not None:
        assert (last.verdict, last.reviewer) == (review.status, review.decided_by)


def test_a_verdict_that_settles_nothing_puts_the_review_back_for_somebody_else(cast: Cast, draft: Draft) -> None:
    review = under(draft, {"reviewers": 2})
    said = judge(review, cast.reviewer)
    assert (review.status, review.claimed_by, review.claimed_at, review.claimed_until) == ("PENDING", None, None, None)
    assert review.barred == sorted([cast.marketer.pk, cast.reviewer.pk])
    event = AuditEvent.objects.about(review)[0]
    assert (event.action, event.actor) == ("review.judged", cast.reviewer)
    assert event.data == {
        "before": {"status": "IN_REVIEW"},
        "after": {"status": "PENDING"},
        "verdict": "APPROVED",
        "step": said.step,
        "sha256": draft.sha256,
        "corrected": False,
        "reasons": [],
        "next_step": 1,
        "disputed": False,
    }
    assert claim_next(actor=cast.reviewer) is None
    assert claim_next(actor=cast.second_reviewer) == review


def test_who_has_judged_a_text_does_not_take_it_again(cast: Cast, draft: Draft) -> None:
    review = under(draft, {"reviewers": 2}, {})
    judge(review, cast.reviewer)
    with pytest.raises(Refused, match="judged_already"):
        claim(actor=cast.reviewer, review=review)
    judge(review, cast.second_reviewer)
    assert asked(review) == ("PENDING", 2, False)
    for judged in (cast.reviewer, cast.second_reviewer):
        with pytest.raises(Refused, match="judged_already"):
            claim(actor=judged, review=Review.objects.get(pk=review.pk))
    judge(review, cast.third_reviewer)
    assert review.status == "APPROVED"


def test_a_page_from_before_ones_own_verdict_does_not_take_it_again(cast: Cast, draft: Draft) -> None:
    """Two tabs: in one the review waits as it did before; in the other it was judged and waits for somebody else."""
    review = under(draft, {"reviewers": 2})
    before = Review.objects.get(pk=review.pk)
    judge(review, cast.reviewer)
    with pytest.raises(StaleState):
        claim(actor=cast.reviewer, review=before)
    assert asked(review) == ("PENDING", 1, False)


def test_a_page_from_before_the_review_asked_another_group_does_not_take_it(cast: Cast, draft: Draft) -> None:
    legal = make_group(cast.team, "Legal", cast.third_reviewer)
    review = under(draft, {}, {"group": legal})
    before = Review.objects.get(pk=review.pk)
    judge(review, cast.reviewer)
    with pytest.raises(StaleState):
        claim(actor=cast.second_reviewer, review=before)


def test_steps_follow_each_other_and_each_asks_its_group(cast: Cast, draft: Draft) -> None:
    editors = make_group(cast.team, "Editors", cast.reviewer)
    legal = make_group(cast.team, "Legal", cast.second_reviewer)
    review = under(draft, {"group": editors}, {"group": legal}, {})
    for position, (person, group) in enumerate(((cast.reviewer, editors), (cast.second_reviewer, legal)), start=1):
        assert (review.step, review.group) == (position, group)
        for other in {cast.reviewer, cast.second_reviewer, cast.third_reviewer} - {person}:
            assert claim_next(actor=other) is None
            with pytest.raises(Refused) as caught:
                claim(actor=other, review=Review.objects.get(pk=review.pk))
            assert caught.value.code in ("not_asked", "judged_already")
        judge(review, person)
        assert review.status == "PENDING"
    assert (review.step, review.group) == (3, None)
    judge(review, cast.third_reviewer)
    assert (review.status, review.approved_draft, review.decided_by) == ("APPROVED", draft, cast.third_reviewer)
    assert [(said.step, said.reviewer) for said in review.feedback.all()] == [
        (1, cast.reviewer),
        (2, cast.second_reviewer),
        (3, cast.third_reviewer),
    ]


def test_a_refusal_at_any_step_ends_the_review(cast: Cast, draft: Draft) -> None:
    review = under(draft, {}, {}, {})
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "CHANGES_REQUESTED")
    assert (review.status, review.step, review.approved_draft) == ("CHANGES_REQUESTED", 2, None)


def test_belonging_to_a_group_is_not_the_role(cast: Cast, draft: Draft) -> None:
    legal = make_group(cast.team, "Legal", cast.auditor, cast.lead)
    review = under(draft, {"group": legal})
    for person in (cast.auditor, cast.lead):
        assert claim_next(actor=person) is None
        with pytest.raises(PermissionDenied):
            claim(actor=person, review=review)


def test_a_review_keeps_the_policy_that_it_was_submitted_under(cast: Cast, draft: Draft) -> None:
    review = under(draft, {"reviewers": 2})
    make_policy(cast.team)
    judge(review, cast.reviewer)
    assert asked(review) == ("PENDING", 1, False)
    newer = make_review(make_draft(draft.brief, "Another tea."))
    judge(newer, cast.reviewer)
    assert newer.status == "APPROVED"


def test_another_teams_policy_counts_for_nobody_here(cast: Cast, draft: Draft) -> None:
    make_policy(cast.other_team, {"reviewers": 5})
    review = make_review(draft)
    assert (review.policy.team, review.policy.number) == (cast.team, 1)
    judge(review, cast.reviewer)
    assert review.status == "APPROVED"
