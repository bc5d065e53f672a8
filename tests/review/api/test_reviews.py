from __future__ import annotations

from aigc_portal.audit.models import AuditEvent
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_reason, make_review


def test_a_draft_is_submitted_once(cast: Cast) -> None:
    draft, caller = make_draft(make_brief(cast.marketer, cast.team)), Api(cast.marketer)
    answer = caller.post(f"drafts/{draft.pk}/reviews/")
    assert answer.status_code == 201
    review = answer.json()
    assert answer["Location"] == f"/api/v1/reviews/{review['id']}/"
    assert (review["status"], review["brief"], review["draft"]["id"]) == ("PENDING", draft.brief_id, draft.pk)
    assert review["feedback"] is None
    again = caller.post(f"drafts/{draft.pk}/reviews/")
    assert (again.status_code, again.json()["code"]) == (409, "review_open")


def test_next_gives_the_oldest_that_one_may_decide(cast: Cast) -> None:
    brief, caller = make_brief(cast.marketer, cast.team), Api(cast.reviewer)
    assert caller.post("reviews/next/").status_code == 204
    first, second = (make_review(make_draft(brief, text)) for text in ("One.", "Two."))
    taken = caller.post("reviews/next/").json()
    assert (taken["id"], taken["status"], taken["claimed_by"]["id"]) == (first.pk, "IN_REVIEW", cast.reviewer.pk)
    assert Api(cast.second_reviewer).post("reviews/next/").json()["id"] == second.pk
    assert caller.post("reviews/next/").status_code == 204


def test_claim_renew_release(cast: Cast) -> None:
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)))
    mine, other = Api(cast.reviewer), Api(cast.second_reviewer)
    claimed = mine.post(f"reviews/{review.pk}/claim/").json()
    lost = other.post(f"reviews/{review.pk}/claim/")
    assert lost.status_code == 409
    assert lost.json()["current"]["claimed_by"]["id"] == cast.reviewer.pk
    assert other.post(f"reviews/{review.pk}/renew/").status_code == 409
    assert other.post(f"reviews/{review.pk}/release/").status_code == 409
    assert mine.post(f"reviews/{review.pk}/renew/").json()["claimed_until"] > claimed["claimed_until"]
    assert mine.post(f"reviews/{review.pk}/release/").json()["status"] == "PENDING"
    assert other.post(f"reviews/{review.pk}/claim/").status_code == 200


def test_withdraw(cast: Cast) -> None:
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)))
    assert Api(cast.marketer).post(f"reviews/{review.pk}/withdraw/").json()["status"] == "WITHDRAWN"
    assert Api(cast.marketer).post(f"drafts/{review.draft_id}/reviews/").status_code == 201


def test_reasons_are_told_in_both_languages(cast: Cast) -> None:
    make_reason(cast.team)
    caller = Api(cast.reviewer)
    (reason,) = caller.get("reason-codes/").json()["results"]
    assert (reason["code"], reason["label"]) == ("inaccurate", "States something false")
    caller.headers["Accept-Language"] = "zh-CN"
    assert caller.get("reason-codes/").json()["results"][0]["label"] == "内容不实"


def test_each_step_is_an_event(cast: Cast) -> None:
    draft = make_draft(make_brief(cast.marketer, cast.team))
    review = Api(cast.marketer).post(f"drafts/{draft.pk}/reviews/").json()
    Api(cast.reviewer).post(f"reviews/{review['id']}/claim/", None, X_Request_ID="request-12345")
    events = AuditEvent.objects.filter(target_type="review.review", target_id=str(review["id"])).order_by("pk")
    assert [event.action for event in events] == ["review.submitted", "review.in_review"]
    assert events[1].request_id == "request-12345"
    assert events[1].actor == cast.reviewer
