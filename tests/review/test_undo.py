"""A verdict is taken back within seconds, by who gave it, unless somebody has the review already."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now

from aigc_portal.accounts.models import Membership, User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.claims import claim, release
from review.actions.decisions import approve
from review.actions.triage import assign
from review.actions.undo import undo_verdict
from review.models import Feedback, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_group, make_policy, make_reason, make_review, without_triggers
from tests.review.judging import asked, judge


@pytest.fixture(autouse=True)
def _reasons(cast: Cast) -> ReasonCode:
    return make_reason(cast.team)


def age(feedback: Feedback, seconds: int) -> None:
    """As if it had been given so long ago."""
    with without_triggers():
        Feedback.objects.filter(pk=feedback.pk).update(given_at=Now() - timedelta(seconds=seconds))
        decided = Review.objects.filter(pk=feedback.review_id, decided_at__isnull=False)
        decided.update(decided_at=Now() - timedelta(seconds=seconds))


@pytest.mark.parametrize("verdict", ["APPROVED", "CHANGES_REQUESTED", "REJECTED"])
def test_a_decision_is_taken_back(cast: Cast, waiting: Review, verdict: str) -> None:
    said = judge(waiting, cast.reviewer, verdict)
    review = undo_verdict(actor=cast.reviewer, feedback=said)
    assert review == waiting
    assert (review.status, review.claimed_by, review.claimed_until is not None) == ("IN_REVIEW", cast.reviewer, True)
    assert (review.decided_by, review.decided_at, review.approved_draft) == (None, None, None)
    assert review.barred == [cast.marketer.pk]
    said.refresh_from_db()
    assert said.undone_at is not None
    assert list(review.feedback.standing()) == []
    event = AuditEvent.objects.about(review)[0]
    assert (event.action, event.actor) == ("review.undone", cast.reviewer)
    assert event.data == {
        "before": {"status": verdict},
        "after": {"status": "IN_REVIEW"},
        "verdict": verdict,
        "step": 1,
    }


def test_afterwards_another_verdict_is_given(cast: Cast, waiting: Review) -> None:
    undo_verdict(actor=cast.reviewer, feedback=judge(waiting, cast.reviewer, "REJECTED"))
    judge(waiting, cast.reviewer)
    assert (waiting.status, waiting.approved_draft) == ("APPROVED", waiting.draft)
    assert [said.verdict for said in waiting.feedback.standing()] == ["APPROVED"]
    assert [event.action for event in AuditEvent.objects.about(waiting).order_by("id")] == [
        "review.submitted",
        "review.in_review",
        "review.rejected",
        "review.undone",
        "review.approved",
    ]


@pytest.mark.parametrize("seconds", [13, 60])
def test_too_late(cast: Cast, waiting: Review, seconds: int) -> None:
    said = judge(waiting, cast.reviewer)
    age(said, seconds)
    with pytest.raises(Refused, match="too_late_to_undo"):
        undo_verdict(actor=cast.reviewer, feedback=said)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.feedback.standing().count()) == ("APPROVED", 1)
    assert not AuditEvent.objects.filter(action="review.undone").exists()


def test_just_in_time(cast: Cast, waiting: Review) -> None:
    said = judge(waiting, cast.reviewer)
    age(said, 11)
    assert undo_verdict(actor=cast.reviewer, feedback=said).status == "IN_REVIEW"


def test_twice_is_once(cast: Cast, waiting: Review) -> None:
    said = judge(waiting, cast.reviewer)
    review = undo_verdict(actor=cast.reviewer, feedback=said)
    with pytest.raises(StaleState):
        undo_verdict(actor=cast.reviewer, feedback=said)
    release(actor=cast.reviewer, review=review)
    with pytest.raises(Refused, match="too_late_to_undo"):
        undo_verdict(actor=cast.reviewer, feedback=said)
    assert AuditEvent.objects.filter(action="review.undone").count() == 1


def test_nobody_takes_back_what_somebody_else_said(cast: Cast, waiting: Review) -> None:
    said = judge(waiting, cast.reviewer)
    with pytest.raises(Refused, match="too_late_to_undo"):
        undo_verdict(actor=cast.second_reviewer, feedback=said)
    for person in (cast.marketer, cast.lead, cast.auditor, cast.engineer, cast.admin, cast.outsider):
        with pytest.raises(PermissionDenied):
            undo_verdict(actor=person, feedback=said)
    assert Review.objects.get(pk=waiting.pk).status == "APPROVED"


def test_who_lost_the_role_takes_nothing_back(cast: Cast, waiting: Review) -> None:
    said = judge(waiting, cast.reviewer)
    Membership.objects.filter(user=cast.reviewer).delete()
    with pytest.raises(PermissionDenied):
        undo_verdict(actor=User.objects.get(pk=cast.reviewer.pk), feedback=said)


def test_a_judgement_that_did_not_settle_is_taken_back(cast: Cast, draft: Draft) -> None:
    legal = make_group(cast.team, "Legal", cast.second_reviewer)
    make_policy(cast.team, {}, {"group": legal})
    review = make_review(draft)
    said = judge(review, cast.reviewer)
    assert (review.step, review.group) == (2, legal)
    review = undo_verdict(actor=cast.reviewer, feedback=said)
    assert (review.status, review.claimed_by, review.step, review.group) == ("IN_REVIEW", cast.reviewer, 1, None)
    assert review.barred == [cast.marketer.pk]
    assert AuditEvent.objects.about(review)[0].data["before"] == {"status": "PENDING"}


def test_one_of_two_takes_a_verdict_back_and_the_other_still_stands(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 2})
    review = make_review(draft)
    judge(review, cast.reviewer)
    review = undo_verdict(actor=cast.second_reviewer, feedback=judge(review, cast.second_reviewer, "REJECTED"))
    assert (asked(review), review.barred) == (
        ("IN_REVIEW", 1, False),
        sorted([cast.marketer.pk, cast.reviewer.pk]),
    )
    judge(review, cast.second_reviewer)
    assert review.status == "APPROVED"


def test_not_once_somebody_has_taken_the_review(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 2})
    review = make_review(draft)
    said = judge(review, cast.reviewer)
    claim(actor=cast.second_reviewer, review=review)
    with pytest.raises(StaleState):
        undo_verdict(actor=cast.reviewer, feedback=said)
    assert Review.objects.get(pk=review.pk).claimed_by == cast.second_reviewer


def test_not_once_somebody_has_judged_after(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 3, "rule": "unanimous"})
    review = make_review(draft)
    said = judge(review, cast.reviewer)
    judge(review, cast.second_reviewer)
    with pytest.raises(Refused, match="too_late_to_undo"):
        undo_verdict(actor=cast.reviewer, feedback=said)


def test_not_once_it_was_assigned_to_somebody_else(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 2})
    review = make_review(draft)
    said = judge(review, cast.reviewer)
    assign(actor=cast.lead, review=review, to=cast.second_reviewer)
    with pytest.raises(StaleState):
        undo_verdict(actor=cast.reviewer, feedback=said)
    said.refresh_from_db()
    assert said.undone_at is None


def test_a_correction_is_taken_back_and_the_text_is_as_it_was(cast: Cast, waiting: Review) -> None:
    said = judge(waiting, cast.reviewer, text="Better.")
    review = undo_verdict(actor=cast.reviewer, feedback=said)
    assert (review.status, review.current_draft, review.approved_draft) == ("IN_REVIEW", waiting.draft, None)
    judge(review, cast.reviewer, text="Better.")
    assert (review.status, review.current_draft.text, review.current_draft.parent) == (
        "APPROVED",
        "Better.",
        waiting.draft,
    )


def test_a_correction_taken_back_gives_earlier_approvals_their_weight_again(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {}, {})
    review = make_review(draft)
    judge(review, cast.reviewer)
    said = judge(review, cast.second_reviewer, text="Better.")
    assert asked(review) == ("PENDING", 1, False)
    review = undo_verdict(actor=cast.second_reviewer, feedback=said)
    assert (review.step, review.current_draft) == (2, draft)
    assert review.barred == sorted([cast.marketer.pk, cast.reviewer.pk])
    judge(review, cast.second_reviewer)
    assert (review.status, review.approved_draft) == ("APPROVED", draft)


def test_an_adjudication_is_taken_back_into_the_dispute(cast: Cast, draft: Draft) -> None:
    heads = make_group(cast.team, "Heads", cast.third_reviewer)
    make_policy(cast.team, {"reviewers": 2}, adjudicators=heads)
    review = make_review(draft)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    review = undo_verdict(actor=cast.third_reviewer, feedback=judge(review, cast.third_reviewer))
    assert (asked(review), review.group) == (("IN_REVIEW", 1, True), heads)
    assert judge(review, cast.third_reviewer, "REJECTED").kind == "adjudication"
    assert review.status == "REJECTED"


def test_a_decision_against_the_rules_stands(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 2})
    review = make_review(draft, claimed_by=cast.reviewer)
    Review.objects.filter(pk=review.pk).update(break_glass="The shop opens in an hour.")
    review.refresh_from_db()
    said = approve(actor=cast.reviewer, review=review, sha256=draft.sha256)
    with pytest.raises(Refused, match="glass_stays_broken"):
        undo_verdict(actor=cast.reviewer, feedback=said)
