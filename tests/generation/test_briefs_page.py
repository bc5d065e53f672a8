from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.newest_first import PAGE_SIZE
from generation.actions.briefs import create_brief
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review, make_run
from tests.generation.pages import make_product_prompt


def page(cast: Cast, who: str = "marketer", query: str = "") -> str:
    response = cast.client(who).get(f"/briefs/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_own_briefs_with_their_states(cast: Cast) -> None:
    make_draft(make_brief(cast.marketer, cast.team, "With drafts"))
    make_run(make_brief(cast.marketer, cast.team, "Under way"), status="RUNNING")
    make_brief(cast.second_marketer, cast.team, "Somebody else's")
    text = page(cast)
    assert "With drafts" in text
    assert "Drafts ready" in text
    assert "Under way" in text
    assert "Generating" in text
    assert "Somebody else" not in text


def test_the_switch_to_the_teams_briefs(cast: Cast) -> None:
    make_brief(cast.second_marketer, cast.team, "By a colleague")
    make_brief(cast.outsider, cast.other_team, "Of strangers")
    text = page(cast, query="?whose=team")
    assert "By a colleague" in text
    assert "Second Marketer" in text
    assert "Of strangers" not in text


def test_who_does_not_write_sees_the_team_and_no_button(cast: Cast) -> None:
    make_brief(cast.marketer, cast.team, "Readable")
    text = page(cast, "auditor")
    assert "Readable" in text
    assert "/briefs/new/" not in text


def test_an_empty_list_leads_on(cast: Cast) -> None:
    assert "Write your first brief" in page(cast)
    assert "No brief matches" in page(cast, query="?state=APPROVED")


@pytest.mark.parametrize(
    ("query", "found"),
    [("state=DRAFTS_READY", "Post"), ("state=NO_DRAFTS", "Page"), ("language=en", "PostPage"), ("language=zh", "")],
)
def test_filters(cast: Cast, query: str, found: str) -> None:
    make_draft(make_brief(cast.marketer, cast.team, "A-Post"))
    version = make_product_prompt(cast.team)
    values = {"product": "Mug", "facts": "Steel", "tone": "playful", "words": "50"}
    create_brief(actor=cast.marketer, prompt_version=version, title="A-Page", values=values)
    text = page(cast, query=f"?{query}")
    assert ("A-Post" in text, "A-Page" in text) == ("Post" in found, "Page" in found)
    text = page(cast, query=f"?prompt={version.prompt_id}")
    assert "A-Page" in text
    assert "A-Post" not in text


@pytest.mark.parametrize("query", ["?state=nonsense", "?prompt=999999", "?prompt=x", "?whose=x", "?author__password=x"])
def test_an_unknown_filter_filters_nothing(cast: Cast, query: str) -> None:
    make_brief(cast.marketer, cast.team, "Still here")
    assert "Still here" in page(cast, query=query)


def test_another_teams_prompt_is_no_filter(cast: Cast) -> None:
    foreign = make_brief(cast.outsider, cast.other_team).prompt_version.prompt
    make_brief(cast.marketer, cast.team, "Still here")
    assert "Still here" in page(cast, query=f"?prompt={foreign.pk}")


def test_pages_have_neighbours(cast: Cast) -> None:
    briefs = [make_brief(cast.marketer, cast.team, f"Brief-{n}.") for n in range(PAGE_SIZE + 1)]
    text = page(cast)
    assert "Brief-0." not in text
    assert f"?before={briefs[1].pk}" in text
    text = page(cast, query=f"?before={briefs[1].pk}")
    assert "Brief-0." in text
    assert f"?after={briefs[0].pk}" in text


def test_the_number_of_queries_is_constant(cast: Cast) -> None:
    client = cast.client("marketer")
    counts = []
    for _ in range(2):
        for _ in range(5):
            make_review(make_draft(make_brief(cast.marketer, cast.team)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/briefs/?whose=team")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_only_get(cast: Cast) -> None:
    assert cast.client("marketer").post("/briefs/").status_code == 405


def test_strangers_sign_in_first(cast: Cast, client: object) -> None:
    response = client.get("/briefs/")  # type: ignore[attr-defined]
    assert response.status_code == 302
    assert "/sign-in/" in response["Location"]
