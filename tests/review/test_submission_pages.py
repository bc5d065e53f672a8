from __future__ import annotations

import pytest

from aigc_portal.audit.models import AuditEvent
from generation.models import Draft
from review.models import Review
from tests.cast import Cast


def submit(cast: Cast, person: str, draft: Draft, **data: str) -> tuple[int, str]:
    answer = cast.client(person).post(f"/drafts/{draft.pk}/submit/", data)
    return answer.status_code, answer.headers.get("Location", "")


def test_submitting_leads_back_to_the_draft_with_a_message(cast: Cast, draft: Draft) -> None:
    client = cast.client("marketer")
    answer = client.post(f"/drafts/{draft.pk}/submit/", follow=True)
    assert answer.redirect_chain == [(draft.get_absolute_url(), 302)]
    assert "“Spring tea” is in the review queue." in answer.content.decode()
    assert AuditEvent.objects.about(Review.objects.get())[0].action == "review.submitted"


@pytest.mark.parametrize(
    ("asked", "gone"), [("/briefs/1/", "/briefs/1/"), ("https://elsewhere.test/", ""), ("//elsewhere.test/", "")]
)
def test_the_way_back_stays_in_the_portal(cast: Cast, draft: Draft, asked: str, gone: str) -> None:
    assert submit(cast, "marketer", draft, next=asked) == (302, gone or draft.get_absolute_url())


def test_a_double_click_gives_one_review(cast: Cast, draft: Draft) -> None:
    client = cast.client("marketer")
    answers = [client.post(f"/drafts/{draft.pk}/submit/", {"idempotency_key": "k1"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Review.objects.count() == 1


def test_submitting_twice_says_so(cast: Cast, waiting: Review) -> None:
    answer = cast.client("second_marketer").post(f"/drafts/{waiting.draft_id}/submit/")
    assert answer.status_code == 409
    assert "in the review queue already" in answer.content.decode()


@pytest.mark.parametrize(
    ("person", "status"), [("reviewer", 403), ("auditor", 403), ("engineer", 403), ("admin", 403), ("outsider", 404)]
)
def test_who_may_not_submit(cast: Cast, draft: Draft, person: str, status: int) -> None:
    assert submit(cast, person, draft)[0] == status
    assert not Review.objects.exists()


def test_withdrawing_leads_back_to_the_draft(cast: Cast, waiting: Review) -> None:
    answer = cast.client("second_marketer").post(f"/reviews/{waiting.pk}/withdraw/", follow=True)
    assert answer.redirect_chain == [(waiting.draft.get_absolute_url(), 302)]
    assert "“Spring tea” is out of the review queue." in answer.content.decode()
    assert AuditEvent.objects.about(waiting)[0].action == "review.withdrawn"


def test_withdrawing_too_late_says_so(cast: Cast, held: Review) -> None:
    answer = cast.client("marketer").post(f"/reviews/{held.pk}/withdraw/")
    assert answer.status_code == 409
    assert held.get_absolute_url() in answer.content.decode()


@pytest.mark.parametrize(("person", "status"), [("reviewer", 403), ("outsider", 404)])
def test_who_may_not_withdraw(cast: Cast, waiting: Review, person: str, status: int) -> None:
    assert cast.client(person).post(f"/reviews/{waiting.pk}/withdraw/").status_code == status
    assert Review.objects.get().status == "PENDING"


def test_both_are_posts(cast: Cast, waiting: Review) -> None:
    client = cast.client("marketer")
    assert client.get(f"/drafts/{waiting.draft_id}/submit/").status_code == 405
    assert client.get(f"/reviews/{waiting.pk}/withdraw/").status_code == 405
