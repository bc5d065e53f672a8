from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.test import Client
from pytest_django import Settings
from redis.exceptions import ConnectionError

from generation import engine_status
from generation.engine_status import KEY, EngineStatus, connect, read, read_all, report
from generation.served_models import read_reference

POCKET, LARGE = read_reference("pocket").queue, read_reference("large").queue


@pytest.fixture(autouse=True)
def _two_models(settings: Settings) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "pocket", ["large"]


def aged(worker: str, seconds: int) -> None:
    """As if the worker had spoken so long ago."""
    entry = json.loads(connect().hget(KEY, worker) or "")
    connect().hset(KEY, worker, json.dumps(entry | {"at": entry["at"] - seconds}))


def test_what_a_worker_tells_is_read_until_it_is_silent_for_half_a_minute() -> None:
    status = EngineStatus("ready", "pocket", worker="a", queue=POCKET, slots=16, slots_in_use=7, tokens_per_second=81.5)
    report(status)
    assert (read(), read(POCKET), read_all()) == (status, status, [status])
    aged("a", 29)
    assert read_all() == [status]
    aged("a", 2)
    assert read_all() == []
    assert connect().hlen(KEY) == 0, "whoever reads removes what is old"
    assert read() == EngineStatus("absent")


def test_a_worker_that_is_started_anew_takes_the_place_of_the_old_one() -> None:
    report(EngineStatus("ready", "pocket", worker="a", queue=POCKET))
    report(EngineStatus("loading", "pocket", worker="a", queue=POCKET))
    assert [status.state for status in read_all()] == ["loading"]
    engine_status.forget("a")
    assert read_all() == []


def test_a_queue_is_as_good_as_its_best_worker() -> None:
    told = EngineStatus("failed", "pocket", worker="a", queue=POCKET)
    report(told)
    assert read().state == "failed"
    for worker, state in (("b", "starting"), ("c", "loading"), ("d", "ready")):
        report(replace(told, worker=worker, state=state))  # type: ignore[arg-type]
        assert read().state == state
    report(replace(told, worker="d", state="ready", draining=True))
    report(replace(told, worker="e", state="ready"))
    assert read().worker == "e"
    assert read(LARGE).state == "absent"


def test_the_rates_of_a_queue_add_up() -> None:
    for worker, state, queue in (("a", "ready", POCKET), ("b", "ready", POCKET), ("c", "ready", LARGE)):
        report(EngineStatus(state, worker=worker, queue=queue, tokens_per_second=50.0))  # type: ignore[arg-type]
    report(EngineStatus("failed", worker="d", queue=POCKET, tokens_per_second=50.0))


def test_a_worker_of_another_version_may_tell_more() -> None:
    report(EngineStatus("ready", "pocket", worker="a"))
    entry = json.loads(connect().hget(KEY, "a") or "")
    connect().hset(KEY, "a", json.dumps(entry | {"temperature": 71}))
    assert read() == EngineStatus("ready", "pocket", worker="a")


def test_without_a_broker_nobody_is_known_and_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def away() -> None:
        asked.append("asked")
        raise ConnectionError

    report(EngineStatus("ready", "pocket", worker="a"))
    monkeypatch.setattr(engine_status, "connect", away)
    assert read() == EngineStatus("absent")
    assert asked == ["asked"]
    monkeypatch.undo()
    engine_status.pause.until -= engine_status.PAUSE_SECONDS
    assert read().state == "ready"


def test_the_health_check_tells_the_default_models_state(db: None, client: Client) -> None:
    def told() -> str:
        return str(client.get("/health/ready").json()["model"])

    report(EngineStatus("ready", "large", worker="b", queue=LARGE))
    assert told() == "absent"
    for state in ("loading", "ready"):
        report(EngineStatus(state, "pocket", worker="a", queue=POCKET))
        assert told() == state
    report(EngineStatus("failed", "pocket", worker="c", queue=POCKET))
    assert told() == "ready"
    engine_status.forget("a")
    assert told() == "failed"
