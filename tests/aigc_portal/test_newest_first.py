from __future__ import annotations

import pytest
from django.http import QueryDict

from aigc_portal.newest_first import Page, page_of
from generation.models import Brief
from tests.cast import Cast
from tests.factories import make_brief


@pytest.fixture
def pks(cast: Cast) -> list[int]:
    """Newest first."""
    return [make_brief(cast.marketer, cast.team).pk for _ in range(5)][::-1]


def page(query: str) -> Page[Brief]:
    return page_of(Brief.objects.all(), QueryDict(query), size=2)


def test_walking_forth_and_back_meets_every_row_once(pks: list[int]) -> None:
    first = page("")
    second = page(first.older_url[1:])
    third = page(second.older_url[1:])
    assert [row.pk for found in (first, second, third) for row in found.rows] == pks
    assert first.newer_url == ""
    assert third.older_url == ""
    assert page(third.newer_url[1:]).rows == second.rows
    assert page(second.newer_url[1:]).newer_url == ""


def test_other_parameters_stay_in_the_address(pks: list[int]) -> None:
    assert page("whose=team&state=APPROVED").older_url == f"?whose=team&state=APPROVED&before={pks[1]}"


@pytest.mark.parametrize("nonsense", ["before=x", "before=-1", "after=1e3", "before=", "before=" + "9" * 40])
def test_nonsense_gives_the_first_page(pks: list[int], nonsense: str) -> None:
    assert [row.pk for row in page(nonsense).rows] == pks[:2]


def test_no_rows_no_neighbours(cast: Cast) -> None:
    assert page("") == Page([], "", "")
