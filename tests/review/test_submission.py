from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.decisions import approve
from review.actions.submission import submit_for_review, withdraw
from review.models import Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft


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
