from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Membership
from aigc_portal.audit.models import AuditEvent
from aigc_portal.notices.actions import mark_read
from aigc_portal.notices.models import Notice, NoticeSettings
from tests.aigc_portal.notices.telling import fill, tell, told
from tests.api_client import Api
from tests.cast import Cast


def test_lists_ones_own_newest_first(cast: Cast) -> None:
    tell(cast, cast.marketer)
    newest = told(cast, cast.marketer, kind="review.commented", urgent=True)
    tell(cast, cast.marketer, kind="review.rejected", delay=timedelta(seconds=10))
    tell(cast, cast.second_marketer)
    rows = Api(cast.marketer).get("notices/").json()["results"]
    assert [row["kind"] for row in rows] == ["review.commented", "review.approved"]
    assert rows[0]["at"]
    assert {name: value for name, value in rows[0].items() if name != "at"} == {
        "id": newest.pk,
        "team": cast.team.pk,
        "kind": "review.commented",
        "text": "Reviewer commented on “Spring tea”.",
        "params": {"title": "Spring tea"},
        "actor": cast.reviewer.pk,
        "actor_name": "Reviewer",
        "target_type": "accounts.team",
        "target_id": str(cast.team.pk),
        "url": "/reviews/7/",
        "urgent": True,
        "read_at": None,
    }


def test_filters(cast: Cast) -> None:
    read = told(cast, cast.marketer)
    tell(cast, cast.marketer, kind="review.commented")
    mark_read(actor=cast.marketer, notice=read)
    caller = Api(cast.marketer)
    kinds = {
        query: [row["kind"] for row in caller.get(f"notices/?{query}").json()["results"]]
        for query in ("unread=true", "unread=false", "kind=review.approved", "")
    }
    assert kinds == {
        "unread=true": ["review.commented"],
        "unread=false": ["review.approved"],
        "kind=review.approved": ["review.approved"],
        "": ["review.commented", "review.approved"],
    }
    assert caller.get("notices/", user="1").status_code == 400


def test_a_constant_count_of_queries(cast: Cast) -> None:
    def queries() -> int:
        caller = Api(cast.marketer)
        with CaptureQueriesContext(connection) as captured:
            assert caller.get("notices/").status_code == 200
        return len(captured)

    fill(cast, cast.marketer, 1)
    few = queries()
    fill(cast, cast.marketer, 20)
    assert queries() == few


def test_reads_one(cast: Cast) -> None:
    notice = told(cast, cast.marketer)
    caller = Api(cast.marketer)
    answer = caller.post(f"notices/{notice.pk}/read/")
    assert answer.status_code == 200
    first = answer.json()["read_at"]
    assert first
    assert caller.post(f"notices/{notice.pk}/read/").json()["read_at"] == first
    assert caller.post(f"notices/{notice.pk}/read/", {"read_at": None}).status_code == 400
    assert caller.get(f"notices/{notice.pk}/read/").status_code == 405


@pytest.mark.parametrize("who", ["second_marketer", "reviewer", "lead", "auditor", "admin", "outsider"])
def test_others_read_none_of_it(cast: Cast, who: str) -> None:
    """In whatever role or team."""
    notice = told(cast, cast.marketer)
    caller = Api(getattr(cast, who))
    assert caller.post(f"notices/{notice.pk}/read/").status_code == 404
    assert caller.post("notices/read/").json() == {"marked": 0}
    assert caller.get("notices/").json()["results"] == []
    assert Notice.objects.unread().get() == notice


def test_who_left_the_team_reads_nothing_of_it(cast: Cast) -> None:
    notice = told(cast, cast.marketer)
    Membership.objects.filter(user=cast.marketer).delete()
    caller = Api(cast.marketer)
    assert caller.get("notices/").json()["results"] == []
    assert caller.post(f"notices/{notice.pk}/read/").status_code == 404


def test_reads_all_up_to_the_newest_one_that_is_known(cast: Cast) -> None:
    known = told(cast, cast.marketer)
    since = told(cast, cast.marketer, kind="review.commented")
    caller = Api(cast.marketer)
    assert caller.post("notices/read/", {"newest": known.pk}).json() == {"marked": 1}
    assert Notice.objects.unread().get() == since
    assert caller.post("notices/read/").json() == {"marked": 1}
    assert caller.post("notices/read/", {"newest": "x"}).status_code == 400


def test_settings(cast: Cast) -> None:
    caller = Api(cast.marketer)
    assert caller.get("notices/settings/").json() == {"mail": "digest", "digest_hour": 8}
    assert caller.send("PATCH", "notices/settings/", {"digest_hour": 17}).json() == {
        "mail": "digest",
        "digest_hour": 17,
    }
    assert caller.send("PATCH", "notices/settings/", {"mail": "none"}).json() == {"mail": "none", "digest_hour": 17}
    assert NoticeSettings.objects.get().user == cast.marketer
    chosen = AuditEvent.objects.filter(action="user.notices_chosen", team=cast.team)
    assert [event.data["after"] for event in chosen.order_by("pk")] == [
        {"mail": "digest", "digest_hour": 17},
        {"mail": "none", "digest_hour": 17},
    ]
    assert Api(cast.outsider).get("notices/settings/").json() == {"mail": "digest", "digest_hour": 8}


@pytest.mark.parametrize("body", [{"mail": "pigeon"}, {"digest_hour": 24}, {"digest_hour": -1}, {"user": 1}])
def test_settings_that_are_not_on_offer_are_refused(cast: Cast, body: dict[str, object]) -> None:
    answer = Api(cast.marketer).send("PATCH", "notices/settings/", body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(body)
    assert not NoticeSettings.objects.exists()
