from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from aigc_portal.audit import following
from aigc_portal.audit.events import record
from aigc_portal.audit.models import AuditEvent
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review


def test_events_tell_who_did_what(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team, "Spring")
    answer = Api(cast.auditor).get("events/", target_type="generation.brief", target_id=str(brief.pk)).json()
    (event,) = answer["results"]
    assert event["action"] == "brief.created"
    assert event["actor"] == cast.marketer.pk
    assert event["actor_name"] == cast.marketer.name
    assert event["data"]["after"]["title"] == "Spring"
    assert Api(cast.auditor).get(f"events/{event['id']}/").json() == event


def test_filters(cast: Cast) -> None:
    make_review(make_draft(make_brief(cast.marketer, cast.team)), claimed_by=cast.reviewer)
    caller = Api(cast.auditor)

    def actions(**query: Any) -> list[str]:
        return [event["action"] for event in caller.get("events/", **query).json()["results"]]

    assert actions(action="review.submitted") == ["review.submitted"]
    assert actions(actor=cast.reviewer.pk) == ["review.in_review"]
    assert actions(target_type="review.review") == ["review.submitted", "review.in_review"]
    assert actions(until="2000-01-01T00:00:00Z") == []
    assert len(actions(since="2000-01-01T00:00:00Z")) > 3
    assert actions(team=cast.other_team.pk) == []


def test_pages_go_on_from_after(cast: Cast) -> None:
    for number in range(5):
        make_brief(cast.marketer, cast.team, f"Brief {number}")
    caller = Api(cast.auditor)
    first = caller.get("events/", action="brief.created", page_size=3).json()
    assert f"after={first['after']}" in first["next"]
    second = caller.get("events/", action="brief.created", after=first["after"]).json()
    assert second["next"] is None
    ids = [event["id"] for event in first["results"] + second["results"]]
    assert ids == sorted(AuditEvent.objects.filter(action="brief.created").values_list("pk", flat=True))
    make_brief(cast.marketer, cast.team, "One more")
    third = caller.get("events/", action="brief.created", after=second["after"]).json()
    assert [event["target_label"] for event in third["results"]] == ["One more"]


@contextmanager
def event_in_flight(cast: Cast, action: str) -> Iterator[None]:
    """Another session has written an event and commits when the block ends."""
    written, may_commit = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            record(action, cast.team, actor=None, team_id=cast.team.pk)
            written.set()
            may_commit.wait(20)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        assert written.wait(10)
        yield
        may_commit.set()
        writer.result(10)


@pytest.mark.django_db(transaction=True)
def test_a_follower_misses_no_event_that_commits_late(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PATIENCE_SECONDS", 0.1)
    caller = Api(cast.auditor)
    after = caller.get("events/").json()["after"]
    with event_in_flight(cast, "test.late"):
        with transaction.atomic():
            record("test.early", cast.team, actor=None, team_id=cast.team.pk)
        early = caller.get("events/", after=after).json()
    assert early["results"] == [], "a lower id is still on its way"
    later = caller.get("events/", after=early["after"]).json()
    assert [event["action"] for event in later["results"]] == ["test.late", "test.early"]


@pytest.mark.django_db(transaction=True)
def test_a_follower_waits_a_moment_for_transactions_that_end(cast: Cast) -> None:
    caller = Api(cast.auditor)
    after = caller.get("events/").json()["after"]

    def ask() -> list[str]:
        answer = caller.get("events/", after=after).json()
        connection.close()
        return [event["action"] for event in answer["results"]]

    with ThreadPoolExecutor(1) as pool:
        with event_in_flight(cast, "test.late"):
            asked = pool.submit(ask)
            time.sleep(0.2)
            assert not asked.done()
        assert asked.result(10) == ["test.late"]


@pytest.mark.django_db(transaction=True)
def test_an_id_that_was_rolled_back_holds_nobody_up(cast: Cast) -> None:
    caller = Api(cast.auditor)
    after = caller.get("events/").json()["after"]
    with transaction.atomic():
        record("test.undone", cast.team, actor=None, team_id=cast.team.pk)
        transaction.set_rollback(True)
    with transaction.atomic():
        record("test.done", cast.team, actor=None, team_id=cast.team.pk)
    assert [event["action"] for event in caller.get("events/", after=after).json()["results"]] == ["test.done"]
