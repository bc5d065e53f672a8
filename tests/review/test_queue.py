from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Membership, Role
from review.actions.claims import claim
from review.actions.decisions import approve
from review.models import Priority, Review
from review.views import queue
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review
from tests.review.queueing import make_overdue, titles


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["waiting tea", "mine tea", "others tea"]),
        ("?state=waiting", ["waiting tea"]),
        ("?state=in_review", ["mine tea", "others tea"]),
        ("?state=overdue", []),
        ("?state=disputed", []),
        ("?state=decided", ["decided tea"]),
        ("?view=mine", ["mine tea"]),
        ("?view=mine&state=in_review", ["mine tea"]),
        ("?view=mine&state=waiting", []),
        ("?view=mine&state=decided", []),
        ("?view=all", ["decided tea", "others tea", "mine tea", "waiting tea"]),
        (
            "?view=x&state=nonsense&channel=nonsense&language=x&submitted_by=x&prompt=0&team=9&due=x&after=x",
            ["waiting tea", "mine tea", "others tea"],
        ),
    ],
)
def test_the_states(cast: Cast, busy: dict[str, Review], query: str, expected: list[str]) -> None:
    assert titles(cast.client("reviewer"), query) == expected


def test_what_is_most_urgent_comes_first(cast: Cast, busy: dict[str, Review]) -> None:
    make_overdue(busy["others"])
    Review.objects.filter(pk=busy["mine"].pk).update(priority=Priority.URGENT)
    client = cast.client("reviewer")
    assert titles(client) == ["mine tea", "others tea", "waiting tea"]
    assert titles(client, "?state=overdue") == ["others tea"]
    page = client.get("/reviews/").content.decode()
    assert "3\N{NO-BREAK SPACE}hours overdue" in page
    assert "Urgent" in page


def test_ones_work_is_what_one_holds_and_then_what_is_assigned(cast: Cast, busy: dict[str, Review]) -> None:
    Review.objects.filter(pk=busy["waiting"].pk).update(assigned_to=cast.reviewer, priority=Priority.URGENT)
    client = cast.client("reviewer")
    assert titles(client, "?view=mine") == ["mine tea", "waiting tea"]
    assert titles(client, "?view=mine&state=waiting") == ["waiting tea"]
    assert "Assigned to you" in client.get("/reviews/?view=mine").content.decode()
    assert "Assigned to Reviewer" in cast.client("second_reviewer").get("/reviews/").content.decode()
    assert titles(cast.client("second_reviewer"), "?view=mine&state=decided") == ["decided tea"]


@pytest.mark.parametrize("state", ["open", "waiting", "any", "decided"])
def test_pages_follow_each_other_without_gap_or_double(cast: Cast, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    brief = make_brief(cast.marketer, cast.team)
    reviews = [make_review(make_draft(brief, f"Tea {number}.")) for number in range(5)]
    Review.objects.update(due_at=reviews[0].due_at)  # all at the same moment: the id decides
    if state == "decided":
        for review in reviews:
            claim(actor=cast.reviewer, review=review)
            approve(actor=cast.reviewer, review=review, sha256=review.draft.sha256)
    client, query, seen = cast.client("reviewer"), f"?state={state}", []
    while query:
        page = client.get(f"/reviews/{query}")
        seen += [row.pk for row in page.context["rows"]]
        query = page.context["next_page"]
    expected = [review.pk for review in reviews]
    assert seen == (expected[::-1] if state in ("decided", "any") else expected)


@pytest.mark.parametrize("role", ["", Role.MARKETER, Role.LEAD])
def test_the_number_of_queries_does_not_grow(cast: Cast, role: str) -> None:
    if role:
        Membership.objects.create(user=cast.reviewer, team=cast.team, role=role)
    brief = make_brief(cast.marketer, cast.team)
    client = cast.client("reviewer")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/reviews/").status_code == 200
        return len(captured)

    for number in range(2):
        make_review(make_draft(brief, f"Tea {number}."))
    client.get("/reviews/")
    few = queries()
    for number in range(2, 12):
        make_review(make_draft(make_brief(cast.second_marketer, cast.team), f"Tea {number}."))
    assert queries() == few
    assert few <= 10


def test_the_key_of_the_search_leads_into_it(cast: Cast, waiting: Review) -> None:
    """shortcuts.js puts the cursor into a field with a key, and lists it by its label."""
    text = cast.client("reviewer").get("/reviews/").content.decode()
    field = next(part for part in text.split("<input") if 'name="q"' in part.split(">")[0])
    assert 'data-shortcut="/"' in field.split(">")[0]
    assert '<label class="visually-hidden" for="filter_q">Search</label>' in text
    assert "{#" not in text
    assert "#}" not in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Nothing waits for review"),
        ("?view=mine", "You hold nothing"),
        ("?view=mine&state=in_review", "You hold nothing"),
        ("?view=all", "Nothing waits for review"),
        ("?state=in_review", "Nobody is reviewing"),
        ("?state=overdue", "Nothing is overdue"),
        ("?state=disputed", "Nobody disagrees"),
        ("?q=coffee", "Nothing here matches the filters"),
        ("?q=%F0%9F%8D%B5", "There is no word to search by"),
        ("?after=4,2099-01-01T00:00:00%2B00:00,1", "The list ends here"),
        ("?state=decided", "Nothing was decided yet"),
        ("?language=zh", "Nothing here matches the filters"),
    ],
)
def test_an_empty_queue_says_what_to_do(cast: Cast, query: str, said: str) -> None:
    assert said in cast.client("reviewer").get(f"/reviews/{query}").content.decode()


def test_methods(cast: Cast) -> None:
    client = cast.client("reviewer")
    assert client.post("/reviews/").status_code == 405
    assert client.get("/reviews/next/").status_code == 405
    assert Client().get("/reviews/").status_code == 302
