"""The page of numbers: who sees it, and what it says."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from aigc_portal.accounts.models import Membership, Role
from tests.cast import Cast
from tests.review.numbers.decided import decided, on

PAGE = "/reviews/numbers/"
OCTOBER = "?since=2026-10-01&until=2026-10-31"


def text_of(client: Client, query: str = "", status: int = 200) -> str:
    response = client.get(PAGE + query)
    assert response.status_code == status
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


@pytest.mark.parametrize(
    ("who", "status"),
    [("lead", 200), ("reviewer", 403), ("auditor", 403), ("marketer", 403), ("engineer", 403), ("admin", 403)],
)
def test_leads_see_it(cast: Cast, who: str, status: int) -> None:
    assert cast.client(who).get(PAGE).status_code == status


def test_it_is_only_read(cast: Cast) -> None:
    assert cast.client("lead").post(PAGE).status_code == 405


def test_charts_with_their_tables(cast: Cast) -> None:
    decided(cast, at=on(5))
    page = cast.client("lead").get(PAGE + OCTOBER).content.decode()
    assert re.findall(r'data-chart="(\w+)"', page) == ["stacked", "line", *["bar", "line"] * 3]
    assert '<data value="2.0">2.0 h</data>' in page
    assert '<data value="1.0">100%</data>' in page


def test_the_last_30_days_are_shown_first(cast: Cast) -> None:
    decided(cast, at=on(5))
    decided(cast)
    assert "Decided 1 Accepted 100% 1 of 1" in text_of(cast.client("lead"))


def test_the_fields_hold_the_days_that_are_shown(cast: Cast) -> None:
    client = cast.client("lead")
    today = timezone.localdate()
    page = client.get(PAGE).content.decode()
    for name, day in (("since", today - timedelta(days=29)), ("until", today)):
        assert re.search(rf'name="{name}" value="{day.isoformat()}"', page)
    assert ">Last 30 days<" not in page
    page = client.get(PAGE + "?since=2026-10-01").content.decode()
    assert 'name="since" value="2026-10-01"' in page


def test_short_waits_are_drawn_in_minutes(cast: Cast) -> None:
    decided(cast, at=on(5), waited=timedelta(minutes=6))
    client = cast.client("lead")
    page = client.get(PAGE + OCTOBER).content.decode()
    assert re.findall(r'data-unit="(hour|minute)"', page) == ["minute"]
    assert '<data value="6.0">6 min 0 s</data>' in page


def test_long_waits_are_drawn_in_hours(cast: Cast) -> None:
    decided(cast, at=on(5), waited=timedelta(hours=2))
    page = cast.client("lead").get(PAGE + OCTOBER).content.decode()
    assert re.findall(r'data-unit="(hour|minute)"', page) == ["hour"]


def test_numbers_are_written_for_machines_in_every_language(cast: Cast) -> None:
    """A decimal comma or a grouped thousand would be another number to the chart."""
    decided(cast, at=on(5))
    client = cast.client("lead")
    client.cookies["django_language"] = "zh-hans"
    page = client.get(PAGE + OCTOBER).content.decode()
    assert set(re.findall(r'data value="[^"]*[^"\d.][^"]*"', page)) == set()


def test_nothing_decided_says_what_will_be_there(cast: Cast) -> None:
    text = text_of(cast.client("lead"))
    assert "Nothing was decided in the last 30 days" in text
    assert "Open now 0 0 overdue" in text


def test_nothing_in_the_chosen_range_leads_back(cast: Cast) -> None:
    assert "Nothing was decided then" in text_of(cast.client("lead"), OCTOBER)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?since=2026-10-02&until=2026-10-01", "The period ends before it begins."),
        ("?since=1900-01-01", "A period may be 10 years long at most."),
        ("?since=yesterday", "Enter a valid date."),
        ("?until=0000-00-00", "Enter a valid date."),
        ("?language=fr", "Select a valid choice."),
        ("?per=year", "Select a valid choice."),
    ],
)
def test_a_range_that_cannot_be_is_told_and_kept(cast: Cast, query: str, said: str) -> None:
    assert said in text_of(cast.client("lead"), query, status=422)
    name, _is, value = query[1:].partition("&")[0].partition("=")
    if name in ("since", "until"):
        assert f'value="{value}"' in cast.client("lead").get(PAGE + query).content.decode()


@pytest.mark.parametrize(
    "query", ["?until=0001-01-02", "?since=9999-12-30", "?since=9999-12-30&per=week", "?until=0001-01-02&per=week"]
)
def test_the_ends_of_time(cast: Cast, query: str) -> None:
    assert cast.client("lead").get(PAGE + query).status_code in (200, 422)


def test_another_team_sees_nothing_of_it(cast: Cast) -> None:
    decided(cast, at=on(5))
    for query in (OCTOBER, f"{OCTOBER}&team={cast.team.pk}"):
        assert "Nothing was decided then" in text_of(cast.client("outsider"), query)


def test_who_leads_two_teams_chooses(cast: Cast) -> None:
    decided(cast, at=on(5))
    Membership.objects.create(user=cast.lead, team=cast.other_team, role=Role.LEAD)
    client = cast.client("lead")
    assert "Nothing was decided then" in text_of(client, OCTOBER)  # Coffee comes before Tea
    assert "Decided 1 " in text_of(client, f"{OCTOBER}&team={cast.team.pk}")
    assert "Select a valid choice." in text_of(client, f"{OCTOBER}&team=999999", status=422)
