from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aigc_portal.accounts.models import Membership, Role, Team, User
from aigc_portal.audit.models import AuditEvent
from generation.actions.briefs import create_brief
from generation.actions.prompts import create_prompt
from generation.models import Brief
from generation.seeds.prompts import PROMPTS
from review import queue_counts
from review.actions.claims import claim
from review.actions.decisions import approve
from review.models import GoldItem, PolicyStep, Priority, Review, ReviewGroup, ReviewPolicy
from review.queue_rows import distance
from review.queue_scope import State, View
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


def test_the_counts(cast: Cast, busy: dict[str, Review]) -> None:
    make_overdue(busy["waiting"])
    page = cast.client("reviewer").get("/reviews/")
    assert counts(page.context["views"]) == {"My work": "1", "My team's queue": "3", "All": ""}
    assert counts(page.context["states"]) == {
        "Open": "",
        "Waiting": "1",
        "In review": "2",
        "Overdue": "1",
        "Disputed": "0",
        "Decided": "",
    }
    assert "1 decided today" in page.content.decode()


def test_nobody_counts_further_than_999(cast: Cast, busy: dict[str, Review], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_counts, "MOST", 2)
    assert counts(cast.client("reviewer").get("/reviews/").context["views"])["My team's queue"] == "2+"


def counts(tabs: list[queue.Tab]) -> dict[str, str]:
    return {str(tab.label): tab.count for tab in tabs}


def make_overdue(review: Review) -> None:
    Review.objects.filter(pk=review.pk).update(due_at=Now() - timedelta(hours=3, minutes=20))


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


def test_a_row_says_at_which_step_the_review_is(cast: Cast) -> None:
    legal = ReviewGroup.objects.create(team=cast.team, name="Legal")
    policy = ReviewPolicy.objects.create(team=cast.team, number=7)
    PolicyStep.objects.create(policy=policy, position=1, name="Editing")
    PolicyStep.objects.create(policy=policy, position=2, group=legal)
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)))
    rows = cast.client("reviewer").get("/reviews/").context["rows"]
    assert [row.step for row in rows] == ["1 of 2 · Editing"]
    Review.objects.filter(pk=review.pk).update(step=2, group=legal, disputed=True)
    page = cast.client("reviewer").get("/reviews/?state=disputed")
    assert [row.step for row in page.context["rows"]] == ["2 of 2 · Legal"]
    assert "Reviewers disagree" in page.content.decode()
    assert not page.context["rows"][0].standing.may_take


def test_a_team_at_a_time(cast: Cast, waiting: Review) -> None:
    """Who reviews in two teams sees the queue of the first by name, and a switch to the other."""
    Membership.objects.create(user=cast.outsider, team=cast.team, role=Role.REVIEWER)
    other = make_review(make_draft(make_brief(cast.outsider, cast.other_team, title="Coffee")))
    client = cast.client("outsider")
    page = client.get("/reviews/")
    assert [row.review.pk for row in page.context["rows"]] == [other.pk]
    assert [(str(tab.label), tab.active) for tab in page.context["team_tabs"]] == [("Coffee", True), ("Tea", False)]
    assert titles(client, f"?team={cast.team.pk}") == ["Spring tea"]
    assert titles(client, "?view=all") == ["Coffee", "Spring tea"]
    assert titles(client, "?view=all&state=waiting") == ["Spring tea", "Coffee"]
    assert cast.client("reviewer").get("/reviews/").context["team_tabs"] == []


def test_a_text_with_a_known_answer_is_in_the_queue_of_whom_it_measures_alone(cast: Cast, waiting: Review) -> None:
    claim(actor=cast.second_reviewer, review=waiting)
    approve(actor=cast.second_reviewer, review=waiting, sha256=waiting.draft.sha256)
    gold = GoldItem.objects.create(team=cast.team, draft=waiting.draft, verdict="APPROVED", created_by=cast.lead)
    Review.for_reviewers.create(
        team=cast.team,
        draft=waiting.draft,
        current_draft=waiting.draft,
        submitted_by=cast.marketer,
        policy=waiting.policy,
        due_at=waiting.due_at,
        gold=gold,
        assigned_to=cast.reviewer,
    )
    for person, seen in (("reviewer", 1), ("second_reviewer", 0), ("lead", 0)):
        assert len(titles(cast.client(person), "?state=waiting")) == seen
        assert len(titles(cast.client(person), "?view=all&state=waiting")) == seen
    own = cast.client("reviewer")
    assert "Assigned to" not in "".join(row.holder for row in own.get("/reviews/").context["rows"])
    assert titles(own, "?view=mine") == []  # nothing tells it from the others
    assert titles(own, f"?assigned_to={cast.reviewer.pk}") == []
    assert len(titles(own, "?assigned_to=nobody")) == 1


def test_a_row_says_who_holds_it(cast: Cast, busy: dict[str, Review]) -> None:
    text = cast.client("reviewer").get("/reviews/?state=in_review").content.decode()
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
        seen += [row.review.pk for row in page.context["rows"]]
        query = page.context["next_page"]
    expected = [review.pk for review in reviews]
    assert seen == (expected[::-1] if state in ("decided", "any") else expected)


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
    assert few <= 14


def test_taking_the_next_one_opens_it(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    first, second = make_review(make_draft(brief, "One.")), make_review(make_draft(brief, "Two."))
    Review.objects.filter(pk=second.pk).update(due_at=Now() - timedelta(days=1))
    answer = cast.client("reviewer").post("/reviews/next/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/reviews/{second.pk}/")
    assert AuditEvent.objects.about(second)[0].action == "review.in_review"
    assert Review.objects.get(pk=first.pk).status == "PENDING"


def test_taking_the_next_one_keeps_to_what_was_searched_for(cast: Cast, waiting: Review) -> None:
    wanted = make_review(make_draft(make_brief(cast.marketer, cast.team, title="Coffee")))
    client = cast.client("reviewer")
    assert client.post("/reviews/next/?q=teapot").headers["Location"] == "/reviews/?q=teapot"
    assert client.post("/reviews/next/?q=coffee").headers["Location"] == f"/reviews/{wanted.pk}/?q=coffee"


def test_taking_the_next_one_keeps_to_the_state(cast: Cast, waiting: Review) -> None:
    late = make_review(make_draft(make_brief(cast.marketer, cast.team, title="Coffee")))
    Review.objects.filter(pk=waiting.pk).update(priority=Priority.URGENT)
    make_overdue(late)
    answer = cast.client("reviewer").post("/reviews/next/?state=overdue")
    assert answer.headers["Location"] == f"/reviews/{late.pk}/?state=overdue"


def test_a_lead_sees_the_queue_and_takes_nothing(cast: Cast, busy: dict[str, Review]) -> None:
    client = cast.client("lead")
    page = client.get("/reviews/?view=mine")
    assert [str(tab.label) for tab in page.context["views"]] == ["My team's queue", "All"]
    assert [row.review for row in page.context["rows"]] == [busy["waiting"], busy["mine"], busy["others"]]
    text = page.content.decode()
    assert "/reviews/next/" not in text
    assert "/claim/" not in text
    assert client.post("/reviews/next/").status_code == 403


def test_every_row_can_be_selected(cast: Cast, busy: dict[str, Review]) -> None:
    text = cast.client("lead").get("/reviews/").content.decode()
    for name in ("waiting", "mine", "others"):
        assert f'name="review" value="{busy[name].pk}" form="bulk"' in text
    assert 'id="bulk"' in text
    assert "data-choose-all" in text


def test_what_is_decided_cannot_be_selected(cast: Cast, busy: dict[str, Review]) -> None:
    text = cast.client("lead").get("/reviews/?state=decided").content.decode()
    assert "decided tea" in text
    for part in ("data-choose", 'id="bulk"', 'data-shortcut="x"'):
        assert part not in text
    text = cast.client("lead").get("/reviews/?view=all").content.decode()
    assert f'value="{busy["waiting"].pk}" form="bulk"' in text
    assert f'value="{busy["decided"].pk}" form="bulk"' not in text


def test_the_key_of_the_search_leads_into_it(cast: Cast, waiting: Review) -> None:
    """shortcuts.js puts the cursor into a field with a key, and lists it by its label."""
    text = cast.client("reviewer").get("/reviews/").content.decode()
    field = next(part for part in text.split("<input") if 'name="q"' in part.split(">")[0])
    assert 'data-shortcut="/"' in field.split(">")[0]
    assert '<label class="visually-hidden" for="filter_q">Search</label>' in text
    assert "{#" not in text
    assert "#}" not in text


def test_states_are_counted_where_nothing_is_filtered(cast: Cast, busy: dict[str, Review]) -> None:
    client = cast.client("reviewer")
    assert counts(client.get(f"/reviews/?team={cast.team.pk}").context["states"])["Waiting"] == "1"
    for query in ("?language=zh", "?q=tea"):
        assert set(counts(client.get(f"/reviews/{query}").context["states"]).values()) == {""}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (30, "less than a minute"),
        (3 * 60 + 20, "3\N{NO-BREAK SPACE}minutes"),
        (3600 - 5, "1\N{NO-BREAK SPACE}hour"),
        (3 * 3600 - 5, "3\N{NO-BREAK SPACE}hours"),
        (24 * 3600 - 5, "1\N{NO-BREAK SPACE}day"),
        (72 * 3600 - 5, "3\N{NO-BREAK SPACE}days"),
        (13 * 86400 + 3600, "13\N{NO-BREAK SPACE}days"),
    ],
)
def test_times_are_rounded(seconds: int, said: str) -> None:
    now = timezone.now()
    assert distance(now, now + timedelta(seconds=seconds)) == said
    assert distance(now, now - timedelta(seconds=seconds)) == said


def test_taking_the_next_one_keeps_to_the_filters(cast: Cast, waiting: Review) -> None:
    client = cast.client("reviewer")
    answer = client.post("/reviews/next/?language=zh", follow=True)
    assert answer.redirect_chain == [("/reviews/?language=zh", 302)]
    assert "Nothing that you could take matches the filters." in answer.content.decode()
    answer = client.post("/reviews/next/?language=en")
    assert answer.headers["Location"] == f"/reviews/{waiting.pk}/?language=en"


def test_where_nothing_waits_at_all_no_filter_is_named(cast: Cast) -> None:
    client = cast.client("reviewer")
    assert "Nothing waits that you could take." in client.post("/reviews/next/", follow=True).content.decode()
    answer = client.post("/reviews/next/?state=overdue", follow=True)
    assert "Nothing that you could take matches the filters." in answer.content.decode()


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
    for view in View:
        for state in State:
            assert titles(client, f"?view={view}&state={state}") == []
        assert set(counts(client.get(f"/reviews/?view={view}").context["states"]).values()) == {"", "0"}
    assert titles(client, f"?team={cast.team.pk}&q=tea") == []
    assert client.post("/reviews/next/").headers["Location"] == "/reviews/"
    assert Review.objects.get(pk=busy["waiting"].pk).status == "PENDING"


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
