"""A text with a known answer on the desk: like any other until it is decided."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from aigc_portal.accounts.models import Membership, Role, User
from review.actions.claims import claim, release
from review.actions.submission import withdraw
from review.models import ReasonCode, Review
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_draft, make_gold, make_review
from tests.review.deciding import form

OF_A_REVIEW = "reviews/<int:pk>/"
Answers = dict[tuple[str, str], tuple[int, str]]


@pytest.mark.parametrize(
    ("act", "said"), [("approve", "and yours differs. The right one: Rejected."), ("reject", "you agree with it")]
)
def test_a_known_answer_is_told_afterwards(cast: Cast, held: Review, reason: ReasonCode, act: str, said: str) -> None:
    review = gold_review(cast, held)
    client = cast.client("reviewer")
    assert "known answer" not in client.get(f"/reviews/{review.pk}/").content.decode()
    data = form(review, reasons=["inaccurate"])
    text = client.post(f"/reviews/{review.pk}/{act}/", data, follow=True).content.decode()
    assert said in text
    assert "It says what is not so." in text
    assert "data-undo" not in text
    answer = client.post(f"/reviews/{review.pk}/undo/", follow=True)
    assert "no decision of yours that can be taken back" in answer.content.decode()
    assert review.feedback.standing().count() == 1


def test_a_known_answer_is_for_its_reviewer_alone(cast: Cast, held: Review) -> None:
    review = gold_review(cast, held)
    for act in ("approve", "claim", "release", "renew", "undo"):
        assert cast.client("second_reviewer").post(f"/reviews/{review.pk}/{act}/").status_code == 404
    assert cast.client("second_reviewer").get(f"/reviews/{review.pk}/").status_code == 404
    text = cast.client("reviewer").get(f"/reviews/{review.pk}/").content.decode()
    assert "Assigned to" not in text


@pytest.mark.parametrize("state", ["held", "waiting"])
@pytest.mark.parametrize("also", [None, Role.MARKETER, Role.ENGINEER])
def test_every_address_answers_as_for_any_other_text(
    cast: Cast, waiting: Review, state: str, also: Role | None
) -> None:
    """Pages and API, whatever is asked: nothing tells the reviewer what is measured."""
    if also:
        Membership.objects.create(team=cast.team, user=cast.reviewer, role=also)
    reader = User.objects.get(pk=cast.reviewer.pk)
    gold = serve(cast, waiting)
    ordinary = make_review(make_draft(waiting.draft.brief, "A tea, picked in July."))
    if state == "held":
        for review in (gold, ordinary):
            claim(actor=reader, review=review)
    told = answers(cast.client("reviewer"), Api(reader), gold)
    assert told == answers(cast.client("reviewer"), Api(reader), ordinary)
    assert told["GET", "/reviews/N/"][0] == 200
    assert told["GET", "/reviews/N/break-glass/"][0] == told["POST", "/reviews/N/break-glass/"][0] == 403
    assert told["POST", "gold-items/"][0] == 403


def answers(client: Client, api: Api, review: Review) -> Answers:
    """Status and way on for every address of a review, by method; what each request does is taken back."""
    found: Answers = {}

    def ask(method: str, path: str, send: Any) -> None:
        with transaction.atomic():
            answer = send()
            transaction.set_rollback(True)
        found[method, path.replace(str(review.pk), "N")] = (
            answer.status_code,
            re.sub(r"\d+", "N", answer.headers.get("Location", "")),
        )

    for route in (str(one.pattern) for one in get_resolver("review.urls").url_patterns):
        if route.startswith(OF_A_REVIEW) and route.count("<") == 1:
            path = "/" + route.replace("<int:pk>", str(review.pk))
            ask("GET", path, lambda path=path: client.get(path))
            ask("POST", path, lambda path=path: client.post(path, form(review)))
    for route in (str(one.pattern) for one in get_resolver("review.api.urls").url_patterns):
        if route.startswith(OF_A_REVIEW):
            path = route.replace("<int:pk>", str(review.pk))
            ask("GET", f"api:{path}", lambda path=path: api.get(path))
            for method in ("POST", "PATCH"):
                body = {"priority": 1} if method == "PATCH" else None
                ask(method, f"api:{path}", lambda path=path, method=method, body=body: api.send(method, path, body))
    item = {"review": review.pk, "verdict": "APPROVED", "explanation": "So."}
    ask("POST", "gold-items/", lambda: api.post("gold-items/", item))
    return found


@pytest.mark.parametrize("person", ["lead", "second_reviewer", "marketer", "outsider"])
def test_breaking_the_glass_tells_others_no_more_than_the_review_does(cast: Cast, waiting: Review, person: str) -> None:
    """Who does not see a known answer at all does not find this either; a lead, who knows, reads why not."""
    gold = serve(cast, waiting)
    client = cast.client(person)
    page = client.get(f"/reviews/{gold.pk}/break-glass/")
    sent = client.post(f"/reviews/{gold.pk}/break-glass/", {"decision": "APPROVED"})
    if person != "lead":
        assert page.status_code == sent.status_code == client.get(f"/reviews/{gold.pk}/").status_code == 404
        return
    assert (page.status_code, sent.status_code) == (200, 409)
    for answer in (page, sent):
        assert "This is a text with a known answer." in answer.content.decode()
    gold.refresh_from_db()
    assert gold.status == "PENDING"


def serve(cast: Cast, like: Review) -> Review:
    """A known answer that waits for the reviewer."""
    draft = make_draft(like.draft.brief, "A tea, picked in June.")
    review = Review.for_reviewers.create(
        team=cast.team, draft=draft, current_draft=draft, gold=make_gold(draft, cast.lead), assigned_to=cast.reviewer,
        submitted_by=cast.marketer, policy=like.policy, due_at=like.due_at,
    )  # fmt: skip
    return Review.for_reviewers.get(pk=review.pk)


def gold_review(cast: Cast, decided: Review) -> Review:
    """In the reviewer's hands; nothing else waits."""
    review = serve(cast, decided)
    claim(actor=cast.reviewer, review=review)
    release(actor=cast.reviewer, review=decided)
    withdraw(actor=cast.marketer, review=decided)
    return review
