from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Team, User
from aigc_portal.audit.models import AuditEvent
from generation.actions.briefs import create_brief
from generation.actions.prompts import create_prompt
from generation.models import Brief
from generation.seeds.prompts import PROMPTS
from review.actions.claims import claim
from review.actions.decisions import approve
from review.models import Review
from review.views import queue
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review
from tests.review.people import also_reviewer


def chinese_brief(author: User, team: Team) -> Brief:
    prompt = create_prompt(actor=None, team=team, **next(p for p in PROMPTS if p["name"] == "商品描述"))
    values = {"product": "春茶", "facts": "四月采摘", "audience": "茶友", "tone": "亲切", "characters": "60"}
    return create_brief(actor=author, prompt_version=prompt, title="春茶 商品页", values=values)


def titles(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/reviews/{query}")
    assert page.status_code == 200
    return re.findall(r"data-step-to>([^<]*)</a>", page.content.decode())


@pytest.fixture
def busy(cast: Cast) -> dict[str, Review]:
    """One of each: waiting, the reviewer's, another's, decided; oldest first in this order."""
    reviews = {}
    for name in ("waiting", "mine", "others", "decided"):
        draft = make_draft(make_brief(cast.marketer, cast.team, title=f"{name} tea"))
        reviews[name] = make_review(draft)
    claim(actor=cast.reviewer, review=reviews["mine"])
    for name in ("others", "decided"):
        claim(actor=cast.second_reviewer, review=reviews[name])
    approve(actor=cast.second_reviewer, review=reviews["decided"], sha256=reviews["decided"].draft.sha256)
    return reviews


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["waiting tea", "mine tea", "others tea"]),
        ("?state=waiting", ["waiting tea"]),
        ("?state=mine", ["mine tea"]),
        ("?state=others", ["others tea"]),
        ("?state=decided", ["decided tea"]),
        (
            "?state=nonsense&channel=nonsense&language=x&submitted_by=x&after=x",
            ["waiting tea", "mine tea", "others tea"],
        ),
    ],
)
def test_the_states(cast: Cast, busy: dict[str, Review], query: str, expected: list[str]) -> None:
    assert titles(cast.client("reviewer"), query) == expected


def test_the_counts(cast: Cast, busy: dict[str, Review]) -> None:
    page = cast.client("reviewer").get("/reviews/")
    assert page.context["counts"] == {"waiting": 1, "mine": 1, "others": 1, "decided_today": 1}
    assert [(str(tab.label), tab.count) for tab in page.context["tabs"]] == [
        ("Open", 3),
        ("Waiting", 1),
        ("Yours", 1),
        ("With others", 1),
        ("Decided", None),
    ]
    assert "1 decided today" in page.content.decode()


def test_a_row_says_who_holds_it(cast: Cast, busy: dict[str, Review]) -> None:
    text = cast.client("reviewer").get("/reviews/?state=others").content.decode()
    assert "Second Reviewer, until" in text


def test_ones_own_text_is_marked_and_not_offered(cast: Cast, waiting: Review) -> None:
    author = also_reviewer(cast.marketer, cast.team)
    assert author.pk == cast.marketer.pk
    text = cast.client("marketer").get("/reviews/").content.decode()
    assert "Somebody else must review this" in text
    assert f"/reviews/{waiting.pk}/claim/" not in text
    assert f"/reviews/{waiting.pk}/claim/" in cast.client("reviewer").get("/reviews/").content.decode()


def test_the_filters(cast: Cast) -> None:
    make_review(make_draft(make_brief(cast.marketer, cast.team, title="English tea")))
    make_review(make_draft(chinese_brief(cast.second_marketer, cast.team), "春茶，清香。"))
    client = cast.client("reviewer")
    assert titles(client) == ["English tea", "春茶 商品页"]
    assert titles(client, "?language=zh") == ["春茶 商品页"]
    assert titles(client, "?channel=social") == ["English tea"]
    assert titles(client, f"?submitted_by={cast.second_marketer.pk}") == ["春茶 商品页"]
    assert titles(client, f"?submitted_by={cast.outsider.pk}") == ["English tea", "春茶 商品页"]
    assert titles(client, "?language=zh&channel=email") == []
    assert 'lang="zh"' in client.get("/reviews/").content.decode()


@pytest.mark.parametrize("state", ["open", "decided"])
def test_pages_follow_each_other_without_gap_or_double(cast: Cast, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    brief = make_brief(cast.marketer, cast.team)
    reviews = [make_review(make_draft(brief, f"Tea {number}.")) for number in range(5)]
    Review.objects.update(submitted_at=Now())  # all at the same moment: the id decides
    if state == "decided":
        for review in reviews:
            claim(actor=cast.reviewer, review=review)
            approve(actor=cast.reviewer, review=review, sha256=review.draft.sha256)
    client, query, seen = cast.client("reviewer"), f"?state={state}", []
    while query:
        page = client.get(f"/reviews/{query}")
        seen += [row.review.pk for row in page.context["rows"]]
        query = page.context["next_page"]
    expected = [review.pk for review in reviews]
    assert seen == (expected[::-1] if state == "decided" else expected)


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    client = cast.client("reviewer")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get("/reviews/").status_code == 200
        return len(captured)

    for number in range(2):
        make_review(make_draft(brief, f"Tea {number}."))
    client.get("/reviews/")
    few = queries()
    for number in range(2, 12):
        make_review(make_draft(make_brief(cast.second_marketer, cast.team), f"Tea {number}."))
    assert queries() == few
    assert few <= 12


def test_taking_the_next_one_opens_it(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    first, second = make_review(make_draft(brief, "One.")), make_review(make_draft(brief, "Two."))
    Review.objects.filter(pk=second.pk).update(submitted_at=Now() - timedelta(days=1))
    answer = cast.client("reviewer").post("/reviews/next/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/reviews/{second.pk}/")
    assert AuditEvent.objects.about(second)[0].action == "review.in_review"
    assert Review.objects.get(pk=first.pk).status == "PENDING"


def test_taking_the_next_one_keeps_to_the_filters(cast: Cast, waiting: Review) -> None:
    client = cast.client("reviewer")
    answer = client.post("/reviews/next/?language=zh", follow=True)
    assert answer.redirect_chain == [("/reviews/?language=zh", 302)]
    assert "Nothing waits that you could take." in answer.content.decode()
    answer = client.post("/reviews/next/?language=en")
    assert answer.headers["Location"] == f"/reviews/{waiting.pk}/?language=en"


def test_a_double_click_takes_one(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    for text in ("One.", "Two."):
        make_review(make_draft(brief, text))
    client = cast.client("reviewer")
    answers = [client.post("/reviews/next/", {"idempotency_key": "k1"}) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert Review.objects.filter(status="IN_REVIEW").count() == 1


@pytest.mark.parametrize("person", ["marketer", "auditor", "engineer", "admin"])
def test_the_queue_is_for_reviewers(cast: Cast, waiting: Review, person: str) -> None:
    client = cast.client(person)
    assert client.get("/reviews/").status_code == 403
    assert client.post("/reviews/next/").status_code == 403


def test_another_teams_texts_are_not_there(cast: Cast, busy: dict[str, Review]) -> None:
    client = cast.client("outsider")
    for state in queue.STATES:
        assert titles(client, f"?state={state}") == []
    assert client.get("/reviews/").context["counts"]["waiting"] == 0
    assert client.post("/reviews/next/").headers["Location"] == "/reviews/"
    assert Review.objects.get(pk=busy["waiting"].pk).status == "PENDING"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Nothing waits for review"),
        ("?state=mine", "You hold nothing"),
        ("?state=others", "Nobody else is reviewing"),
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
