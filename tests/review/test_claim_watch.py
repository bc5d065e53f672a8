"""An open page asks what became of somebody else's claim, and offers the text once nobody has it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from review.actions.claims import claim, release, renew
from review.actions.decisions import approve
from review.models import Review
from tests.cast import Cast
from tests.factories import make_draft
from tests.review.judging import under

HTMX = {"HX-Request": "true"}
BAR = HTMX | {"HX-Target": "decision-bar"}
ASKS = re.compile(r'hx-get="([^"]+)" hx-trigger="every 15s"')


def asks_of(text: str) -> str:
    """The address that a page asks, or "" where it does not ask any more."""
    found = ASKS.search(text)
    return unescape(found[1]) if found else ""


def open_page(cast: Cast, person: str, review: Review) -> str:
    address = asks_of(cast.client(person).get(f"/reviews/{review.pk}/?language=en").content.decode())
    assert address.startswith(f"/reviews/{review.pk}/?language=en&claim=")
    return address


def ask(cast: Cast, person: str, address: str, headers: dict[str, str] = HTMX) -> Any:
    return cast.client(person).get(address, headers=headers)


@pytest.mark.parametrize("person", ["second_reviewer", "marketer", "lead", "auditor"])
def test_while_the_claim_stands_nothing_is_sent(cast: Cast, held: Review, person: str) -> None:
    answer = ask(cast, person, open_page(cast, person, held))
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_longer_claim_tells_the_new_time(cast: Cast, held: Review) -> None:
    Review.objects.filter(pk=held.pk).update(claimed_until=Now() + timedelta(minutes=5))
    address = open_page(cast, "second_reviewer", held)
    renew(actor=cast.reviewer, review=held)
    answer = ask(cast, "second_reviewer", address)
    assert "Reviewer is reviewing this until" in answer.content.decode()
    assert asks_of(answer.content.decode()) not in ("", address)


def test_time_that_is_over_is_said_before_the_sweep(cast: Cast, held: Review) -> None:
    address = open_page(cast, "second_reviewer", held)
    Review.objects.filter(pk=held.pk).update(claimed_until=Now() - timedelta(seconds=1))
    text = ask(cast, "second_reviewer", address).content.decode()
    assert "Reviewer’s time is over; it returns to the queue within a minute." in text
    assert asks_of(text)


def test_what_is_back_in_the_queue_is_offered(cast: Cast, held: Review) -> None:
    address = open_page(cast, "second_reviewer", held)
    release(actor=cast.reviewer, review=held)
    text = ask(cast, "second_reviewer", address).content.decode()
    for part in (
        "Nobody is reviewing this any more, and it is back in the queue.",
        'id="decision-bar" hx-swap-oob="true"',
        "Take this review",
        'id="review-status" hx-swap-oob="true"',
        "Waiting for review",
    ):
        assert part in text, part
    assert asks_of(text) == ""
    assert "<html" not in text


@pytest.mark.parametrize("person", ["marketer", "lead", "auditor"])
def test_who_may_not_take_it_is_told_how_it_stands(cast: Cast, held: Review, person: str) -> None:
    address = open_page(cast, person, held)
    release(actor=cast.reviewer, review=held)
    text = ask(cast, person, address).content.decode()
    assert "It is now: Waiting for review." in text
    assert f'href="/reviews/{held.pk}/?language=en">See how it stands' in text
    assert "decision-bar" not in text
    assert asks_of(text) == ""


def test_a_decision_meanwhile_is_told(cast: Cast, held: Review) -> None:
    address = open_page(cast, "second_reviewer", held)
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    text = ask(cast, "second_reviewer", address).content.decode()
    assert "It is now: Approved." in text
    assert "Take this review" not in text


def test_a_lost_claim_is_offered_again_once_the_next_one_ended(cast: Cast, held: Review) -> None:
    """The desk with what was typed stays open; only its bar is answered."""
    release(actor=cast.reviewer, review=held)
    claim(actor=cast.second_reviewer, review=held)
    client = cast.client("reviewer")
    bar = client.post(f"/reviews/{held.pk}/renew/?language=en", headers=HTMX).content.decode()
    assert "Second Reviewer is reviewing this until" in bar
    address = asks_of(bar)
    assert ask(cast, "reviewer", address, BAR).status_code == 204
    Review.objects.filter(pk=held.pk).update(claimed_until=Now() - timedelta(seconds=1))
    over = ask(cast, "reviewer", address, BAR).content.decode()
    assert "it returns to the queue within a minute. What you typed is still here." in over
    assert asks_of(over)
    held.refresh_from_db()
    release(actor=cast.second_reviewer, review=held)
    back = ask(cast, "reviewer", asks_of(over), BAR).content.decode()
    assert "Take it again" in back
    assert "What you typed is still here." in back
    assert asks_of(back) == ""


def test_an_author_of_a_blind_review_is_told_no_name(cast: Cast, held: Review) -> None:
    release(actor=cast.reviewer, review=held)
    held.refresh_from_db()
    review = under_blind(cast, held)
    address = open_page(cast, "marketer", review)
    renew(actor=cast.reviewer, review=review)
    Review.objects.filter(pk=review.pk).update(claimed_until=Now() - timedelta(seconds=1))
    text = ask(cast, "marketer", address).content.decode()
    assert "The reviewer’s time is over" in text
    assert "Reviewer’s" not in text


def under_blind(cast: Cast, like: Review) -> Review:
    draft = make_draft(like.draft.brief, "A tea that nobody knows.")
    review = under(draft, {"reviewers": 2}, blind=True)
    claim(actor=cast.reviewer, review=review)
    return review


def test_outside_the_team_there_is_nothing(cast: Cast, held: Review) -> None:
    address = open_page(cast, "second_reviewer", held)
    assert ask(cast, "outsider", address).status_code == 404
    assert ask(cast, "outsider", address, BAR).status_code == 404


def test_without_scripts_the_address_is_the_page(cast: Cast, held: Review) -> None:
    text = cast.client("second_reviewer").get(open_page(cast, "second_reviewer", held)).content.decode()
    assert "<html" in text


def test_asking_is_cheap(cast: Cast, held: Review) -> None:
    address = open_page(cast, "second_reviewer", held)
    client = cast.client("second_reviewer")
    client.get(address, headers=HTMX)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, headers=HTMX).status_code == 204
    assert len(captured) <= 9
