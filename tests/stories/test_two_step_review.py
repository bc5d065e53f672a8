"""A text under a policy of two steps: editors who disagree, an adjudicator, a second try, a correction, and legal.

Everybody acts through the pages and the API, as people and programs do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from django.test import Client, override_settings

from aigc_portal.accounts.models import User
from generation.models import Draft
from review.datasets import pipeline
from review.models import Feedback, Review
from tests.api_client import Api
from tests.cast import Cast, make_user
from tests.factories import make_brief, make_draft, make_group, make_policy, make_reason, without_triggers

pytestmark = pytest.mark.django_db(transaction=True)  # an export begins a transaction of its own

WRITTEN = "Our spring tea cures colds."
EDITED = "Our spring tea warms you, guaranteed."
CORRECTED = "Our spring tea warms you."
COMMENT = "Nobody can promise a cure."


@dataclass
class People:
    cast: Cast
    head: User

    def browser(self, name: str) -> Client:
        if name != "head":
            return self.cast.client(name)
        client = Client()
        client.force_login(self.head, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client


@pytest.fixture
def people(cast: Cast) -> People:
    """Two editors, one of legal, and a head who adjudicates."""
    make_reason(cast.team)
    head = make_user("head", cast.team, "reviewer")
    editors = make_group(cast.team, "Editors", cast.reviewer, cast.second_reviewer)
    legal = make_group(cast.team, "Legal", cast.third_reviewer)
    make_policy(
        cast.team,
        {"name": "Editor", "group": editors, "reviewers": 2},
        {"name": "Legal", "group": legal},
        adjudicators=make_group(cast.team, "Heads", head),
    )
    return People(cast, head)


@pytest.fixture(autouse=True)
def _media(tmp_path: Path) -> Iterator[None]:
    with override_settings(MEDIA_ROOT=tmp_path):
        yield


def submit(people: People, draft: Draft) -> Review:
    assert people.browser("marketer").post(f"/drafts/{draft.pk}/submit/").status_code == 302
    return Review.objects.get(draft=draft)


def nothing_waits(people: People, *names: str) -> None:
    """“Take next” leads these people back to the queue."""
    for name in names:
        answer = people.browser(name).post("/reviews/next/")
        assert answer["Location"].startswith("/reviews/?") or answer["Location"] == "/reviews/", name


def give(people: People, name: str, review: Review, button: str, **typed: Any) -> None:
    """Take what is next, which is this review, read it, and press the button."""
    browser = people.browser(name)
    taken = browser.post("/reviews/next/")
    assert taken["Location"].startswith(review.get_absolute_url()), name
    text = Review.objects.get(pk=review.pk).current_draft
    desk = browser.get(review.get_absolute_url())
    assert text.text in desk.content.decode()
    answer = browser.post(f"/reviews/{review.pk}/{button}/", {"sha256": text.sha256} | typed)
    assert answer.status_code == 302, answer.content.decode()


def stands(review: Review) -> tuple[str, int, bool]:
    review.refresh_from_db()
    return review.status, review.step, review.disputed


def test_two_steps_with_disagreement_adjudication_and_a_correction(people: People) -> None:
    cast = people.cast
    draft = make_draft(make_brief(cast.marketer, cast.team), WRITTEN)

    first = submit(people, draft)
    nothing_waits(people, "third_reviewer", "head")
    give(people, "reviewer", first, "approve")
    assert stands(first) == ("PENDING", 1, False)
    nothing_waits(people, "reviewer")
    give(people, "second_reviewer", first, "request-changes", reasons=["inaccurate"], comment=COMMENT)
    assert stands(first) == ("PENDING", 1, True)
    nothing_waits(people, "reviewer", "second_reviewer", "third_reviewer")
    give(people, "head", first, "request-changes", reasons=["inaccurate"], comment="Editors are right: no promises.")
    assert stands(first) == ("CHANGES_REQUESTED", 1, True)

    author = people.browser("marketer")
    page = author.get(f"/drafts/{draft.pk}/").content.decode()
    for told in ("States something false", "Editors are right: no promises."):
        assert told in page, "the author sees why"

    edited = author.post(f"/drafts/{draft.pk}/edit/", {"text": EDITED})
    assert edited.status_code == 302
    second = submit(people, Draft.objects.get(parent=draft))
    give(people, "reviewer", second, "approve", correct="on", corrected_text=CORRECTED)
    assert stands(second) == ("PENDING", 1, False)
    nothing_waits(people, "reviewer", "third_reviewer", "head")
    give(people, "second_reviewer", second, "approve")
    assert stands(second) == ("PENDING", 2, False)
    nothing_waits(people, "reviewer", "second_reviewer", "head")
    give(people, "third_reviewer", second, "approve")
    assert stands(second) == ("APPROVED", 2, False)
    approved = second.approved_draft
    assert approved is not None
    assert (approved.text, approved.parent, second.decided_by) == (CORRECTED, second.draft, cast.third_reviewer)
    page = author.get(f"/drafts/{second.draft_id}/").content.decode()
    assert approved.sha256[:8] in page, "the author sees which text was approved"

    told_in_order(people, first, second)
    becomes_training_data(people, first, second)


def told_in_order(people: People, first: Review, second: Review) -> None:
    """The auditor reads who did what, oldest first."""
    cast = people.cast
    events = Api(cast.auditor).get("events/", page_size=1000).json()["results"]
    mine = {"review.review", "generation.draft"}
    told = [(event["action"], event["actor_name"]) for event in events if event["target_type"] in mine]
    one, two, legal, head, author = (
        person.name for person in (cast.reviewer, cast.second_reviewer, cast.third_reviewer, people.head, cast.marketer)
    )
    assert sorted(events, key=lambda event: event["id"]) == events
    assert told == [
        ("review.submitted", author),
        ("review.in_review", one),
        ("review.judged", one),
        ("review.in_review", two),
        ("review.judged", two),
        ("review.in_review", head),
        ("review.changes_requested", head),
        ("draft.edited", author),
        ("review.submitted", author),
        ("review.in_review", one),
        ("draft.corrected", one),
        ("review.judged", one),
        ("review.in_review", two),
        ("review.judged", two),
        ("review.in_review", legal),
        ("review.approved", legal),
    ]
    judged = [event["data"] for event in events if event["action"] == "review.judged"]
    assert [(said["verdict"], said["step"], said["next_step"], said["disputed"]) for said in judged] == [
        ("APPROVED", 1, 1, False),
        ("CHANGES_REQUESTED", 1, 1, True),
        ("APPROVED", 1, 1, False),
        ("APPROVED", 1, 2, False),
    ]
    decided = [event["data"]["sha256"] for event in events if event["action"] == "review.approved"]
    assert decided == [hashlib.sha256(CORRECTED.encode()).hexdigest()]
    assert Feedback.objects.filter(review__in=[first, second]).count() == 6


def becomes_training_data(people: People, first: Review, second: Review) -> None:
    with without_triggers():  # a minute later nobody can take a decision back any more
        Review.objects.filter(status__in=["APPROVED", "CHANGES_REQUESTED"]).update(
            decided_at=F("decided_at") - timedelta(minutes=1)
        )

    def answer(text: str) -> list[dict[str, str]]:
        return [{"role": "assistant", "content": text}]

    (row,) = export(people.cast, "prompt-completion")
    assert (row["completion"], row["source"]["review_ids"]) == (answer(CORRECTED), [second.pk])
    labels = {row["completion"][0]["content"]: row["label"] for row in export(people.cast, "unpaired-preference")}
    assert labels == {CORRECTED: True, EDITED: False}
    pairs = export(people.cast, "preference")
    assert all(pair["chosen"] == answer(CORRECTED) for pair in pairs)
    assert {(pair["rejected"][0]["content"], tuple(pair["source"]["review_ids"])) for pair in pairs} == {
        (EDITED, (second.pk,)),
        (WRITTEN, (second.pk, first.pk)),
    }


def export(cast: Cast, kind: str) -> list[dict[str, Any]]:
    """The rows of the engineer's export."""
    engineer = Api(cast.engineer)
    made = engineer.post("datasets/", {"type": kind, "language": "en"}).json()
    pipeline.execute(made["id"])
    rows = []
    for file in engineer.get(f"datasets/{made['id']}/").json()["manifest"]["files"]:
        answer = engineer.get(f"datasets/{made['id']}/files/{file['name']}")
        rows += [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    return rows
