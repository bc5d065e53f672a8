from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from aigc_portal.audit.models import AuditEvent
from generation.models import Draft
from review.models import Feedback, Review
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_reason, make_review


@pytest.fixture
def review(cast: Cast) -> Review:
    make_reason(cast.team)
    return make_review(make_draft(make_brief(cast.marketer, cast.team)), claimed_by=cast.reviewer)


def decide(user: Any, review: Review, act: str, **said: Any) -> Any:
    return Api(user).post(f"reviews/{review.pk}/{act}/", {"sha256": review.draft.sha256} | said)


def test_approve_as_it_is(cast: Cast, review: Review) -> None:
    answer = decide(cast.reviewer, review, "approve", accuracy=5, brand_fit=4, language=5, comment="Good.")
    assert answer.status_code == 200
    decided = answer.json()
    assert decided["status"] == "APPROVED"
    assert decided["approved_draft"]["id"] == review.draft_id
    assert decided["was_corrected"] is False
    assert decided["decided_by"] == {"id": cast.reviewer.pk, "name": "Reviewer"}
    assert decided["feedback"] == {"reasons": [], "accuracy": 5, "brand_fit": 4, "language": 5, "comment": "Good."}
    assert Api(cast.marketer).get(f"reviews/{review.pk}/").json() == decided


def test_approve_with_a_correction(cast: Cast, review: Review) -> None:
    decided = decide(cast.reviewer, review, "approve", corrected_text="A fresher spring tea.").json()
    approved = decided["approved_draft"]
    assert decided["was_corrected"] is True
    assert (approved["parent"], approved["author"]["id"]) == (review.draft_id, cast.reviewer.pk)
    assert approved["text"] == "A fresher spring tea."


@pytest.mark.parametrize(("act", "status"), [("request-changes", "CHANGES_REQUESTED"), ("reject", "REJECTED")])
def test_a_refusal_needs_a_reason_that_exists(cast: Cast, review: Review, act: str, status: str) -> None:
    for reasons in ([], None, "inaccurate", [1.5], ["no-such-reason"]):
        answer = decide(cast.reviewer, review, act, reasons=reasons)
        assert answer.status_code == 400, reasons
    decided = decide(cast.reviewer, review, act, reasons=["inaccurate"], comment="No.").json()
    assert decided["status"] == status
    assert [reason["code"] for reason in decided["feedback"]["reasons"]] == ["inaccurate"]


@pytest.mark.parametrize("said", [{"accuracy": 0}, {"brand_fit": 6}, {"language": "good"}, {"comment": "x" * 4001}])
def test_limits(cast: Cast, review: Review, said: dict[str, Any]) -> None:
    answer = decide(cast.reviewer, review, "approve", **said)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(said)
    assert not Feedback.objects.exists()


def test_another_text_is_not_approved(cast: Cast, review: Review) -> None:
    answer = decide(cast.reviewer, review, "approve", sha256="0" * 64)
    assert (answer.status_code, answer.json()["code"]) == (409, "other_text")


def test_nobody_decides_on_what_they_wrote(cast: Cast, review: Review) -> None:
    cast.marketer.memberships.create(team=cast.team, role="reviewer")
    answer = decide(cast.marketer, review, "approve")
    assert (answer.status_code, answer.json()["code"]) == (403, "four_eyes")
    assert AuditEvent.objects.filter(action="review.four_eyes_refused", actor=cast.marketer).exists()


def test_a_late_decision_gets_the_one_that_stands(cast: Cast, review: Review) -> None:
    decide(cast.reviewer, review, "reject", reasons=["inaccurate"], comment="False.")
    late = decide(cast.second_reviewer, review, "approve")
    assert late.status_code == 409
    problem = late.json()
    assert problem["code"] == "stale_state"
    assert problem["current_status"] == "REJECTED"
    assert problem["current"]["decided_by"]["id"] == cast.reviewer.pk
    assert problem["current"]["feedback"]["comment"] == "False."


@pytest.mark.django_db(transaction=True)
def test_two_opposite_decisions_at_once_give_one_and_the_other_learns_it(cast: Cast) -> None:
    make_reason(cast.team)
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)), claimed_by=cast.reviewer)
    caller, together = Api(cast.reviewer), Barrier(2)

    def send(act: str, said: dict[str, Any]) -> Any:
        try:
            together.wait(10)
            return caller.post(f"reviews/{review.pk}/{act}/", {"sha256": review.draft.sha256} | said)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        approval = pool.submit(send, "approve", {"corrected_text": "Another tea."})
        refusal = pool.submit(send, "reject", {"reasons": ["inaccurate"]})
        answers = [approval.result(20), refusal.result(20)]
    won, lost = sorted(answers, key=lambda answer: int(answer.status_code))
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json()["current"] == won.json()
    review.refresh_from_db()
    assert review.status == won.json()["status"]
    assert Feedback.objects.count() == 1
    assert Draft.objects.filter(parent__isnull=False).count() == (review.status == "APPROVED")
    assert AuditEvent.objects.filter(action__in=["review.approved", "review.rejected"]).count() == 1
