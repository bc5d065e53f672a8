from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aigc_portal.accounts.models import Membership, Role
from aigc_portal.notices.actions import mark_read
from aigc_portal.notices.models import Notice
from tests.aigc_portal.notices.telling import fill, tell, told
from tests.cast import Cast


def listed(client: Client, query: str = "") -> list[str]:
    """The sentences of the page, newest first."""
    page = client.get(f"/notices/{query}")
    assert page.status_code == 200
    found = re.findall(r'class="notice-text">(.*?)<(?:/span|span)', page.content.decode(), re.DOTALL)
    return [re.sub(r"<[^>]*>", "", text) for text in found]


def test_empty(cast: Cast) -> None:
    page = cast.client("marketer").get("/notices/").content.decode()
    assert "Nothing to tell you yet" in page
    assert "Mark all as read" not in page


def test_newest_first_and_ones_own(cast: Cast) -> None:
    tell(cast, cast.marketer)
    tell(cast, cast.marketer, kind="review.commented")
    tell(cast, cast.second_marketer, kind="review.rejected")
    assert listed(cast.client("marketer")) == ["Reviewer commented on “Spring tea”.", "Reviewer approved “Spring tea”."]


def test_what_is_not_due_is_not_there(cast: Cast) -> None:
    tell(cast, cast.marketer, delay=timedelta(seconds=10))
    assert listed(cast.client("marketer")) == []


def test_who_left_the_team_reads_no_titles_of_it(cast: Cast) -> None:
    notice = told(cast, cast.marketer)
    Membership.objects.filter(user=cast.marketer).delete()
    client = cast.client("marketer")
    assert listed(client) == []
    assert client.post(f"/notices/{notice.pk}/open/").status_code == 404


def test_pages_hold_every_notice_once(cast: Cast) -> None:
    fill(cast, cast.marketer, 35)
    client = cast.client("marketer")
    first = client.get("/notices/").content.decode()
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    assert len(listed(client)) == 30
    assert len({*listed(client), *listed(client, older[1])}) == 35


def test_a_constant_count_of_queries(cast: Cast) -> None:
    client = cast.client("marketer")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/notices/")
        return len(captured)

    fill(cast, cast.marketer, 1)
    few = queries()
    fill(cast, cast.marketer, 20)
    assert queries() == few


def test_unread_and_urgent_ones_are_marked(cast: Cast) -> None:
    notice = told(cast, cast.marketer, urgent=True)
    client = cast.client("marketer")
    page = client.get("/notices/").content.decode()
    assert ("is-unread" in page, "Unread." in page, "Urgent" in page) == (True, True, True)
    mark_read(actor=cast.marketer, notice=notice)
    page = client.get("/notices/").content.decode()
    assert ("is-unread" in page, "Unread." in page, "Mark all as read" in page) == (False, False, False)


def test_names_the_team_to_who_is_in_several(cast: Cast) -> None:
    tell(cast, cast.marketer)
    assert '<span class="tag">Tea</span>' not in cast.client("marketer").get("/notices/").content.decode()
    Membership.objects.create(user=cast.marketer, team=cast.other_team, role=Role.MARKETER)
    assert '<span class="tag">Tea</span>' in cast.client("marketer").get("/notices/").content.decode()


def test_titles_are_text(cast: Cast) -> None:
    tell(cast, cast.marketer, params={"title": "<script>alert(1)</script>"})
    page = cast.client("marketer").get("/notices/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_kind_that_is_unknown_breaks_nothing(cast: Cast) -> None:
    tell(cast, cast.marketer, kind="weather.rain", params={"degrees": [1, {"deep": None}]})
    assert listed(cast.client("marketer")) == ["There is something new for you."]


def test_opening_one_leads_there_and_marks_it_read(cast: Cast) -> None:
    notice = told(cast, cast.marketer, url="/reviews/7/#comment-2")
    answer = cast.client("marketer").post(f"/notices/{notice.pk}/open/")
    assert (answer.status_code, answer["Location"]) == (302, "/reviews/7/#comment-2")
    notice.refresh_from_db()
    assert notice.read_at is not None


@pytest.mark.parametrize("who", ["second_marketer", "reviewer", "lead", "auditor", "admin", "outsider"])
def test_others_cannot_open_it(cast: Cast, who: str) -> None:
    """In whatever role or team."""
    notice = told(cast, cast.marketer)
    client = cast.client(who)
    assert client.post(f"/notices/{notice.pk}/open/").status_code == 404
    assert listed(client) == []
    notice.refresh_from_db()
    assert notice.read_at is None


def test_what_is_not_due_cannot_be_opened(cast: Cast) -> None:
    notice = told(cast, cast.marketer, delay=timedelta(seconds=10))
    assert cast.client("marketer").post(f"/notices/{notice.pk}/open/").status_code == 404


def test_marks_all_as_read_that_the_page_knew(cast: Cast) -> None:
    client = cast.client("marketer")
    tell(cast, cast.marketer)
    newest = re.search(r'name="newest" value="(\d+)"', client.get("/notices/").content.decode())
    assert newest
    since = told(cast, cast.marketer, kind="review.commented")
    others = told(cast, cast.second_marketer)
    answer = client.post("/notices/read/", {"newest": newest[1]})
    assert (answer.status_code, answer["Location"]) == (302, "/notices/")
    assert list(Notice.objects.unread().order_by("pk")) == [since, others]


def test_marks_all_as_read_in_whichever_order_they_became_visible(cast: Cast) -> None:
    """A decision is told with a delay: the page may show it below what happened after it."""
    decision = told(cast, cast.marketer, delay=timedelta(seconds=10))
    tell(cast, cast.marketer, kind="review.commented")
    client = cast.client("marketer")
    before = re.search(r'name="newest" value="(\d+)"', client.get("/notices/").content.decode())
    Notice.objects.filter(pk=decision.pk).update(due_at=timezone.now())
    after = re.search(r'name="newest" value="(\d+)"', client.get("/notices/").content.decode())
    assert before
    assert after
    client.post("/notices/read/", {"newest": before[1]})
    assert list(Notice.objects.unread()) == [decision]
    client.post("/notices/read/", {"newest": after[1]})
    assert not Notice.objects.unread().exists()


@pytest.mark.parametrize("newest", ["", "x", "-1", "9" * 40])
def test_nonsense_marks_all(cast: Cast, newest: str) -> None:
    tell(cast, cast.marketer)
    cast.client("marketer").post("/notices/read/", {"newest": newest})
    assert not Notice.objects.unread().exists()


def test_the_methods(cast: Cast) -> None:
    notice = told(cast, cast.marketer)
    client = cast.client("marketer")
    assert client.post("/notices/").status_code == 405
    assert client.get("/notices/read/").status_code == 405
    assert client.get(f"/notices/{notice.pk}/open/").status_code == 405
    assert client.delete("/notices/settings/").status_code == 405
