from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aigc_portal.accounts.models import Membership
from aigc_portal.notices.bell import Bell
from aigc_portal.notices.models import Notice
from tests.aigc_portal.notices.telling import fill, tell, told
from tests.cast import Cast


def count_on(cast: Cast, name: str = "marketer") -> str:
    """What stands at the bell of this person's pages; "" where nothing does."""
    page = cast.client(name).get("/tokens/").content.decode()
    assert page.count('class="bell"') == 1
    found = re.search(r'class="bell-count"[^>]*>([^<]*)<', page)
    return found[1] if found else ""


def test_counts_what_is_unread(cast: Cast) -> None:
    assert count_on(cast) == ""
    tell(cast, cast.marketer)
    notice = told(cast, cast.marketer, kind="review.rejected")
    tell(cast, cast.marketer, kind="review.commented", delay=timedelta(seconds=10))
    assert count_on(cast) == "2"
    Notice.objects.filter(pk=notice.pk).update(read_at=timezone.now())
    assert count_on(cast) == "1"
    assert count_on(cast, "second_marketer") == ""


def test_says_it_in_words(cast: Cast) -> None:
    tell(cast, cast.marketer)
    assert "1 unread</span>" in cast.client("marketer").get("/tokens/").content.decode()


def test_stops_counting_at_99(cast: Cast) -> None:
    fill(cast, cast.marketer, 99)
    assert count_on(cast) == "99"
    tell(cast, cast.marketer)
    assert count_on(cast) == "99+"


def test_one_query_however_many_there_are(cast: Cast) -> None:
    assert cast.marketer.roles_by_team  # which the navigation reads on every page

    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            bell = Bell(cast.marketer, active=False)
            assert bell.shown == bell.shown
        return [query["sql"] for query in captured]

    assert len(queries()) == 1
    fill(cast, cast.marketer, 110)
    assert len(queries()) == 1
    assert "LIMIT 100" in queries()[0]


def test_does_not_count_what_belongs_to_a_team_one_has_left(cast: Cast) -> None:
    tell(cast, cast.marketer)
    Membership.objects.filter(user=cast.marketer).delete()
    assert count_on(cast) == ""


def test_a_stranger_has_none(db: None) -> None:
    assert 'class="bell"' not in Client().get("/sign-in/login/").content.decode()


@pytest.mark.parametrize(("path", "active"), [("/notices/", True), ("/notices/settings/", True), ("/tokens/", False)])
def test_is_marked_on_its_own_pages(cast: Cast, path: str, active: bool) -> None:
    page = cast.client("marketer").get(path).content.decode()
    assert bool(re.search(r'class="bell"[^>]*aria-current="page"', page)) == active
