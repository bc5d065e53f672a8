from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.decisions import approve, reject
from review.actions.submission import submit_for_review, withdraw
from review.actions.verdicts import Verdict
from review.models import ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_group, make_policy, make_review


def test_submitting_puts_the_draft_into_the_queue(cast: Cast, draft: Draft) -> None:
    review = submit_for_review(actor=cast.second_marketer, draft=draft)
    review.refresh_from_db()
    assert (review.status, review.team, review.submitted_by) == ("PENDING", cast.team, cast.second_marketer)
    assert list(Review.objects.open()) == [review]
    event = AuditEvent.objects.about(review)[0]
    assert (event.action, event.actor, event.data["sha256"]) == (
        "review.submitted",
        cast.second_marketer,
        draft.sha256,
    )


@pytest.mark.parametrize("person", ["reviewer", "auditor", "engineer", "admin", "outsider"])
def test_only_a_marketer_of_the_team_submits(cast: Cast, draft: Draft, person: str) -> None:
    with pytest.raises(PermissionDenied):
        submit_for_review(actor=getattr(cast, person), draft=draft)
    assert not Review.objects.exists()


def test_an_empty_text_is_not_submitted(cast: Cast) -> None:
    empty = make_draft(make_brief(cast.marketer, cast.team), text=" \n")
    with pytest.raises(Refused, match="empty_text"):
        submit_for_review(actor=cast.marketer, draft=empty)


def test_a_draft_has_one_open_review(cast: Cast, waiting: Review) -> None:
    events = AuditEvent.objects.count()
    with pytest.raises(Refused, match="review_open"):
        submit_for_review(actor=cast.marketer, draft=waiting.draft)
    assert Review.objects.count() == 1
    assert AuditEvent.objects.count() == events


def test_a_text_that_was_decided_on_is_not_submitted_again(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    with pytest.raises(Refused, match="decided_before"):
        submit_for_review(actor=cast.marketer, draft=held.draft)


def test_withdrawing_takes_it_out_of_the_queue_for_good(cast: Cast, waiting: Review) -> None:
    withdraw(actor=cast.second_marketer, review=waiting)
    assert waiting.status == "WITHDRAWN"
    assert AuditEvent.objects.about(waiting)[0].action == "review.withdrawn"
    with pytest.raises(StaleState):
        withdraw(actor=cast.marketer, review=waiting)
    again = submit_for_review(actor=cast.marketer, draft=waiting.draft)
    assert again.pk != waiting.pk


def test_what_somebody_works_on_is_not_withdrawn(cast: Cast, held: Review) -> None:
    with pytest.raises(StaleState):
        withdraw(actor=cast.marketer, review=held)
    assert Review.objects.get(pk=held.pk).status == "IN_REVIEW"


@pytest.mark.parametrize("person", ["reviewer", "outsider"])
def test_only_a_marketer_of_the_team_withdraws(cast: Cast, waiting: Review, person: str) -> None:
    with pytest.raises(PermissionDenied):
        withdraw(actor=getattr(cast, person), review=waiting)


def test_a_new_review_comes_under_the_newest_policy(cast: Cast, draft: Draft) -> None:
    editors = make_group(cast.team, "Editors", cast.reviewer)
    make_policy(cast.team, {"reviewers": 2})
    policy = make_policy(cast.team, {"group": editors}, due_hours=5)
    make_policy(cast.other_team)
    review = submit_for_review(actor=cast.marketer, draft=draft)
    assert (review.policy, review.step, review.group, review.disputed) == (policy, 1, editors, False)
    assert abs(review.due_at - review.submitted_at - timedelta(hours=5)) < timedelta(seconds=1)
    assert (review.priority, review.assigned_to, review.second_opinion) == (3, None, False)
    assert (review.current_draft, review.barred) == (draft, draft.contributors)


def test_a_team_that_never_chose_has_one_step_with_one_reviewer(cast: Cast, draft: Draft) -> None:
    review = submit_for_review(actor=cast.marketer, draft=draft)
    assert [(step.position, step.reviewers, step.group) for step in review.policy.steps.all()] == [(1, 1, None)]
    other = make_draft(draft.brief, "Another tea.")
    assert submit_for_review(actor=cast.marketer, draft=other).policy == review.policy


def test_a_correction_under_review_is_not_submitted_beside_it(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 2})
    review = make_review(draft, claimed_by=cast.reviewer)
    approve(actor=cast.reviewer, review=review, sha256=draft.sha256, corrected_text="Better tea.")
    review.refresh_from_db()
    with pytest.raises(Refused, match="review_open"):
        submit_for_review(actor=cast.marketer, draft=review.current_draft)


def test_what_a_reviewer_has_judged_is_not_withdrawn(cast: Cast, draft: Draft, reason: ReasonCode) -> None:
    """Or its author would try another reviewer."""
    make_policy(cast.team, {"reviewers": 3})
    review = make_review(draft, claimed_by=cast.reviewer)
    reject(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=Verdict(reasons=[reason.code]))
    with pytest.raises(Refused, match="judged_meanwhile"):
        withdraw(actor=cast.marketer, review=review)
