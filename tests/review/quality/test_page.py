"""The page of quality: who sees it, and what it says."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from aigc_portal.accounts.models import Membership, Role
from tests.cast import Cast
from tests.factories import make_policy, make_reason
from tests.review.quality.judging import judge, new_review

PAGE = "/reviews/quality/"


def text_of(client: Client, query: str = "") -> str:
    response = client.get(PAGE + query)
    assert response.status_code == 200
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


@pytest.fixture
def judged(cast: Cast) -> None:
    """A text on which two agree and one on which they do not."""
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    make_reason(cast.team)
    for verdict in ("approve", "reject"):
        review = new_review(cast)
        judge(cast.reviewer, review, verdict)
        judge(cast.second_reviewer, review, "approve")


@pytest.mark.parametrize(
    ("who", "status"),
    [("lead", 200), ("auditor", 200), ("reviewer", 403), ("marketer", 403), ("engineer", 403), ("admin", 403)],
)
def test_leads_and_auditors_see_it(cast: Cast, who: str, status: int) -> None:
    assert cast.client(who).get(PAGE).status_code == status


def test_it_is_only_read(cast: Cast) -> None:
    assert cast.client("lead").post(PAGE).status_code == 405


@pytest.mark.usefixtures("judged")
class TestJudged:
    def test_every_figure_says_what_it_rests_on(self, cast: Cast) -> None:
        text = text_of(cast.client("lead"))
        assert "4 verdicts" in text
        assert "2 texts · 2 comparisons" in text
        assert "median of 4 verdicts" in text
        assert "0 of 1" in text  # the text of the dispute is not decided yet
        assert "No text with a known answer was judged." in text

    def test_the_matrix(self, cast: Cast) -> None:
        assert "Approved as it was 50% 1 0% 0% 50% 1 2" in text_of(cast.client("lead"))

    def test_nobody_is_named_unless_asked_for(self, cast: Cast) -> None:
        text = text_of(cast.client("lead"))
        assert cast.reviewer.name not in text
        assert "Not a ranking" in text
        named = text_of(cast.client("lead"), "?people=on")
        assert f"{cast.reviewer} · {cast.second_reviewer} 2 50% 1 of 2" in named
        assert named.index(f"{cast.reviewer} 2") < named.index(f"{cast.second_reviewer} 2")

    def test_another_team_sees_nothing_of_it(self, cast: Cast) -> None:
        for query in ("?people=on&period=all", f"?team={cast.team.pk}&people=on"):
            text = text_of(cast.client("outsider"), query)
            assert "No verdicts in this period" in text
            assert cast.reviewer.name not in text

    def test_who_leads_two_teams_chooses(self, cast: Cast) -> None:
        Membership.objects.create(user=cast.lead, team=cast.other_team, role=Role.LEAD)
        assert "No verdicts" in text_of(cast.client("lead"))  # Coffee comes before Tea
        assert "4 verdicts" in text_of(cast.client("lead"), f"?team={cast.team.pk}")

    def test_a_role_in_one_team_opens_no_other(self, cast: Cast) -> None:
        Membership.objects.create(user=cast.lead, team=cast.other_team, role=Role.REVIEWER)
        assert 'name="team"' not in cast.client("lead").get(PAGE).content.decode()

    @pytest.mark.parametrize("query", ["?period=7", "?period=", "?team=x", "?team=999999999999999999999", "?people=x"])
    def test_what_is_not_on_offer_is_the_usual_page(self, cast: Cast, query: str) -> None:
        assert "4 verdicts" in text_of(cast.client("lead"), query)


def test_an_empty_page_says_what_will_be_there(cast: Cast) -> None:
    text = text_of(cast.client("lead"))
    assert "No verdicts in this period" in text
    assert "nan" not in text.lower().split()


def test_one_reviewer_alone_gives_no_agreement(cast: Cast) -> None:
    judge(cast.reviewer, new_review(cast), "approve")
    text = text_of(cast.client("lead"), "?people=on")
    assert "No two people have judged the same text yet." in text
    assert "Nothing to compare yet" in text


def test_everybody_of_one_opinion_is_no_agreement_beyond_chance(cast: Cast) -> None:
    make_policy(cast.team, {"reviewers": 2})
    review = new_review(cast)
    for reviewer in (cast.reviewer, cast.second_reviewer):
        judge(reviewer, review, "approve")
    assert "All verdicts were the same, so nothing tells agreement from chance." in text_of(cast.client("lead"))


@pytest.mark.parametrize(
    ("who", "links"), [("lead", ["Queue", "Quality", "Numbers"]), ("auditor", ["Quality"]), ("outsider", None)]
)
def test_the_way_to_the_other_pages(cast: Cast, who: str, links: list[str] | None) -> None:
    page = cast.client(who).get(PAGE).content.decode()
    bar = re.search(r'<nav class="subnav".*?</nav>', page, re.S)
    assert bar
    found = re.findall(r">([^<>]+)</a>", bar[0])
    assert [name for name in found if name != "Settings"] == (links or ["Queue", "Quality", "Numbers"])
