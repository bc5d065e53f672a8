from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aigc_portal.accounts.models import Team
from review import queue_pages
from review.models import Review, SearchEntry
from review.search import search_for
from review.views import queue
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review
from tests.review.queueing import titles

TEXTS = {
    "手冲入门": "手冲咖啡要用细口壶。coffee at home",
    "Kettles": "Pouring kettles for mail-order coffees, from $4.50. It's 350 ml!",
    "春茶": "清明前采的茶",
    "分开": "先用手，再冲泡；冲咖也好，手冲也好，咖啡最好",
}


@pytest.fixture
def texts(cast: Cast) -> dict[str, Review]:
    return {
        title: make_review(make_draft(make_brief(cast.marketer, cast.team, title=title), text))
        for title, text in TEXTS.items()
    }


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("手冲", {"手冲入门", "分开"}),
        ("手冲咖啡", {"手冲入门"}),  # its pairs stand in “分开” as well, but apart
        ("茶", {"春茶"}),  # a character alone: within a passage, at its end, and as a title
        ("冲", {"手冲入门", "分开"}),
        ("壶", {"手冲入门"}),
        ("手冲 coffee", {"手冲入门"}),
        ("coffee手冲", {"手冲入门"}),
        ("kettle", {"Kettles"}),
        ("pour ket", {"Kettles"}),  # of the last word its beginning is enough
        ("KETTLES poured", {"Kettles"}),
        ("mail-order", {"Kettles"}),
        ("mail order", {"Kettles"}),
        ("350 ml", {"Kettles"}),
        ("ｋｅｔｔｌｅ", {"Kettles"}),
        ("kettle tea", set()),
        ("水壶", set()),
        ("'手冲' & !咖啡:*", {"手冲入门", "分开"}),
        ("kettle | 'never:* <-> (", set()),
        ("“kettle”!?", {"Kettles"}),
        ("kettle 🍵", {"Kettles"}),
        ("the", set()),
        ("🍵", set()),
        ("'", set()),
        ("   ", set(TEXTS)),
        ("", set(TEXTS)),
        ("手冲" * 5000, set()),
        ("kettle " * 5000, {"Kettles"}),
    ],
)
def test_what_is_found(cast: Cast, texts: dict[str, Review], typed: str, expected: set[str]) -> None:
    page = cast.client("reviewer").get("/reviews/", {"q": typed})
    assert page.status_code == 200
    assert {row.title for row in page.context["rows"]} == expected


@pytest.mark.parametrize("query", ["", "&state=waiting", "&view=all", "&language=en"])
def test_a_rare_word_is_found_far_from_the_start(
    cast: Cast, texts: dict[str, Review], monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(queue_pages, "PROBE", 1)
    assert titles(cast.client("reviewer"), f"?q=kettle{query}") == ["Kettles"]


def test_a_word_of_very_many_texts_is_found_in_order(
    cast: Cast, texts: dict[str, Review], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_pages, "PROBE", 1)
    monkeypatch.setattr(queue_pages, "FOUND", 2)
    assert titles(cast.client("reviewer"), "?q=手冲") == ["手冲入门", "分开"]


@pytest.mark.parametrize("probe", [1, 3, 1000])
def test_pages_of_what_was_found_follow_each_other(cast: Cast, monkeypatch: pytest.MonkeyPatch, probe: int) -> None:
    monkeypatch.setattr(queue_pages, "PROBE", probe)
    monkeypatch.setattr(queue, "PAGE", 2)
    words = ["手冲咖啡", "手冲和冲咖，咖啡", "水", "手冲咖啡呀", "手冲，冲咖，咖啡", "一杯手冲咖啡"]
    brief = make_brief(cast.marketer, cast.team)
    reviews = [make_review(make_draft(brief, text)) for text in words]
    client, query, seen = cast.client("reviewer"), "?q=手冲咖啡", []
    while query:
        page = client.get(f"/reviews/{query}")
        seen += [row.pk for row in page.context["rows"]]
        query = page.context["next_page"]
    assert seen == [reviews[at].pk for at in (0, 3, 5)]


def test_in_hand_and_elsewhere(cast: Cast, texts: dict[str, Review]) -> None:
    client = cast.client("reviewer")
    client.post(f"/reviews/{texts['Kettles'].pk}/claim/")
    assert titles(client, "?view=mine&q=kettle") == ["Kettles"]
    assert titles(client, "?view=mine&q=手冲") == []
    assert titles(cast.client("outsider"), "?q=kettle") == []


def test_the_words_are_written_once(cast: Cast, texts: dict[str, Review]) -> None:
    assert SearchEntry.objects.count() == len(TEXTS)


@given(typed=st.text(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_typed_breaks_the_search(db: None, typed: str) -> None:
    search = search_for(typed)
    if search is not None:
        Team.objects.count()
        assert list(Review.objects.filter(search.condition())) == []
