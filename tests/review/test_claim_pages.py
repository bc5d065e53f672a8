from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from aigc_portal.audit.models import AuditEvent
from review.actions.claims import claim, release
from review.actions.decisions import approve
from review.models import Review
from tests.cast import Cast
from tests.factories import make_draft, make_policy, make_review
from tests.review.judging import judge
from tests.review.people import also_reviewer

HTMX = {"HX-Request": "true"}


def test_claiming_opens_the_desk(cast: Cast, waiting: Review) -> None:
    answer = cast.client("reviewer").post(f"/reviews/{waiting.pk}/claim/?language=en")
    assert answer.headers["Location"] == f"/reviews/{waiting.pk}/?language=en"
    waiting.refresh_from_db()
    assert waiting.claimed_by == cast.reviewer
    assert AuditEvent.objects.about(waiting)[0].action == "review.in_review"


def test_claiming_what_somebody_holds_is_a_conflict(cast: Cast, held: Review) -> None:
    answer = cast.client("second_reviewer").post(f"/reviews/{held.pk}/claim/")
    assert answer.status_code == 409
    assert held.get_absolute_url() in answer.content.decode()


def test_a_contributor_is_refused_with_the_reason_and_the_event(cast: Cast, waiting: Review) -> None:
    also_reviewer(cast.marketer, cast.team)
    answer = cast.client("marketer").post(f"/reviews/{waiting.pk}/claim/", {"idempotency_key": "k1"})
    assert answer.status_code == 403
    assert "somebody else must review it" in answer.content.decode()
    assert AuditEvent.objects.about(waiting)[0].action == "review.four_eyes_refused"


def test_putting_back_leads_to_the_queue(cast: Cast, held: Review) -> None:
    answer = cast.client("reviewer").post(f"/reviews/{held.pk}/release/?language=en", follow=True)
    assert answer.redirect_chain == [("/reviews/?language=en", 302)]
    assert "“Spring tea” is back in the queue." in answer.content.decode()
    held.refresh_from_db()
    assert held.status == "PENDING"
    assert AuditEvent.objects.about(held)[0].action == "review.released"


def test_putting_back_what_one_does_not_hold_is_a_conflict(cast: Cast, held: Review) -> None:
    assert cast.client("second_reviewer").post(f"/reviews/{held.pk}/release/").status_code == 409
    held.refresh_from_db()
    assert held.claimed_by == cast.reviewer


def test_renewing_gives_another_half_hour(cast: Cast, held: Review) -> None:
    Review.objects.filter(pk=held.pk).update(claimed_until=Now() + timedelta(minutes=1))
    answer = cast.client("reviewer").post(f"/reviews/{held.pk}/renew/", headers=HTMX)
    assert answer.status_code == 200
    assert "Yours until" in answer.content.decode()
    seconds = re.search(r'data-seconds-left="(\d+)"', answer.content.decode())
    assert seconds is not None
    assert 1700 < int(seconds[1]) <= 1800
    assert Review.objects.filter(pk=held.pk, claimed_until__gt=Now() + timedelta(minutes=29)).exists()
    assert cast.client("reviewer").post(f"/reviews/{held.pk}/renew/").headers["Location"] == held.get_absolute_url()


def test_a_lost_claim_that_waits_can_be_taken_again_in_place(cast: Cast, held: Review) -> None:
    release(actor=cast.reviewer, review=held)
    client = cast.client("reviewer")
    answer = client.post(f"/reviews/{held.pk}/renew/", headers=HTMX)
    text = answer.content.decode()
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#decision-bar")
    assert "What you typed is still here." in text
    assert f'hx-post="/reviews/{held.pk}/claim/"' in text
    answer = client.post(f"/reviews/{held.pk}/claim/", headers=HTMX)
    assert answer.status_code == 200
    assert 'data-shortcut="a"' in answer.content.decode()
    held.refresh_from_db()
    assert held.claimed_by == cast.reviewer


def test_a_claim_lost_to_somebody_says_who_and_what_became_of_it(cast: Cast, held: Review) -> None:
    release(actor=cast.reviewer, review=held)
    claim(actor=cast.second_reviewer, review=held)
    client = cast.client("reviewer")
    text = client.post(f"/reviews/{held.pk}/renew/", headers=HTMX).content.decode()
    assert "Second Reviewer is reviewing this until" in text
    text = client.post(f"/reviews/{held.pk}/claim/", headers=HTMX).content.decode()
    assert "Second Reviewer is reviewing this until" in text
    approve(actor=cast.second_reviewer, review=held, sha256=held.draft.sha256)
    text = client.post(f"/reviews/{held.pk}/renew/", headers=HTMX).content.decode()
    assert "Second Reviewer has decided on this meanwhile: Approved." in text


def test_a_lost_claim_on_a_text_that_one_has_judged_is_told_in_place(cast: Cast, waiting: Review) -> None:
    """Judged in another tab: others are asked, and this tab keeps what was typed."""
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    review = make_review(make_draft(waiting.draft.brief, "A tea for two."))
    judge(review, cast.reviewer)
    client = cast.client("reviewer")
    for act, status in (("renew", 409), ("claim", 200)):
        answer = client.post(f"/reviews/{review.pk}/{act}/", headers=HTMX)
        assert answer.status_code == status
        assert "others are asked now. What you typed is still here" in answer.content.decode()


@pytest.mark.parametrize("act", ["claim", "release", "renew"])
@pytest.mark.parametrize(
    ("person", "status"), [("marketer", 403), ("auditor", 403), ("engineer", 403), ("admin", 403), ("outsider", 404)]
)
def test_who_may_not(cast: Cast, waiting: Review, act: str, person: str, status: int) -> None:
    assert cast.client(person).post(f"/reviews/{waiting.pk}/{act}/").status_code == status
    waiting.refresh_from_db()
    assert waiting.status == "PENDING"


@pytest.mark.parametrize("act", ["claim", "release", "renew"])
def test_all_are_posts(cast: Cast, waiting: Review, act: str) -> None:
    assert cast.client("reviewer").get(f"/reviews/{waiting.pk}/{act}/").status_code == 405
