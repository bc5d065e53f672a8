from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import InterfaceError, OperationalError
from pytest_django import Settings

from generation import engine_status, resident
from generation.engine.fake import FakeEngine
from generation.engine.types import Engine
from generation.engine_status import EngineStatus
from generation.models import GenerationRun
from generation.resident import Resident
from generation.served_models import ServedModel
from tests.generation import worker_engines

LOCAL = ServedModel("pocket", "pocket")
REMOTE = ServedModel("pocket@http://localhost:9/v1", "pocket", "http://localhost:9/v1")
Start = Callable[..., Resident]


def eventually(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not look():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def told() -> EngineStatus:
    return engine_status.read(LOCAL.queue)


@pytest.fixture
def start(settings: Settings) -> Iterator[Start]:
    """Starts a worker's engine; it ends with the test."""
    started: list[Resident] = []

    def start(
        engine: str = "generation.fake_engines.fake_engine",
        served: ServedModel = LOCAL,
        register: Callable[[Engine], None] = lambda engine: None,
        announce: Callable[[], None] = lambda: None,
    ) -> Resident:
        settings.GENERATION_ENGINE = engine
        started.append(Resident(served))
        started[-1].start("generation@here", register=register, announce=announce)
        return started[-1]

    yield start
    for each in started:
        each.stop()


def test_it_loads_tries_out_registers_and_announces(start: Start, settings: Settings) -> None:
    settings.PORTAL_SLOTS = 5
    steps: list[str] = []
    each = start(register=lambda engine: steps.append(engine.info.model), announce=lambda: steps.append("announced"))
    eventually(lambda: steps == ["pocket", "announced"])
    assert each.engine is not None
    status = told()
    assert (status.state, status.worker, status.model, status.slots) == ("ready", "generation@here", "pocket", 5)
    assert status.started_at
    with each.admitted(lambda alone: GenerationRun(variants=2)) as admitted:
        assert admitted is not None


def test_an_end_is_told_at_once(start: Start) -> None:
    each = start()
    eventually(lambda: told().state == "ready")
    each.stop()
    assert each.engine is None
    assert told().state == "absent"


@pytest.mark.parametrize(
    ("engine", "code", "detail"),
    [
        ("silent", "canary_failed", "No token came"),
        ("uncertain", "canary_failed", "nan"),
        ("blind", "canary_failed", "invalid_logits: The model gave NaN."),
        ("missing", "weights_missing", "The file model.safetensors is gone."),
        ("broken", "internal_error", "ZeroDivisionError"),
    ],
)
def test_what_cannot_write_says_why_and_takes_no_run(start: Start, engine: str, code: str, detail: str) -> None:
    announced: list[str] = []
    each = start(f"tests.generation.worker_engines.{engine}", announce=lambda: announced.append("announced"))
    eventually(lambda: told().state == "failed")
    assert told().code == code
    assert detail in told().detail
    with each.admitted(lambda alone: GenerationRun(variants=1)) as admitted:
        assert admitted is None
    assert (each.engine, announced) == (None, [])


def test_while_the_database_is_away_it_waits_to_register(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "REGISTER_AGAIN_SECONDS", 0.01)
    tries: list[Engine] = []

    def register(engine: Engine) -> None:
        tries.append(engine)
        if len(tries) < 3:
            raise (OperationalError, InterfaceError)[len(tries) - 1]

    each = start(register=register)
    eventually(lambda: each.engine is not None)
    assert len(tries) == 3


@pytest.mark.parametrize("where", ["generate", "register"])
def test_an_engine_that_fails_after_it_loaded_is_closed(
    start: Start, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    engine, closed = FakeEngine(), threading.Event()

    def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(engine, "close", closed.set)
    if where == "generate":
        monkeypatch.setattr(engine, "generate", fail)
    monkeypatch.setattr(worker_engines, "given", lambda *_: engine, raising=False)
    each = start("tests.generation.worker_engines.given", register=fail if where == "register" else lambda engine: None)
    assert closed.wait(5)
    eventually(lambda: told().code == "internal_error")
    assert each.engine is None


def test_a_model_server_that_is_away_is_asked_again(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resident, "ASK_AGAIN_SECONDS", 0.05)
    server = worker_engines.Server(refusals=3)
    monkeypatch.setattr(worker_engines, "server", server.connect, raising=False)
    start("tests.generation.worker_engines.server", served=REMOTE)
    eventually(lambda: told().code == "remote_unavailable")
    eventually(lambda: told().state == "ready")
    assert told().code == ""
    assert server.refusals == 0


def test_a_drain_closes_at_once_and_gives_back_later(start: Start, settings: Settings) -> None:
    settings.PORTAL_DRAIN_SECONDS = 0.1
    each = start()
    eventually(lambda: each.engine is not None)
    each.drain()
    eventually(lambda: told().draining)
    assert not told().serves
    with each.admitted(lambda alone: GenerationRun(variants=1)) as admitted:
        assert admitted is None
    assert each.draining.wait(5)


def test_an_engine_that_loads_while_the_worker_drains_takes_nothing(start: Start) -> None:
    may_register = threading.Event()
    each = start(register=lambda engine: may_register.wait(5) and None)
    each.drain()
    eventually(lambda: told().draining)
    may_register.set()
    eventually(lambda: each.engine is not None)
    with each.admitted(lambda alone: GenerationRun(variants=1)) as admitted:
        assert admitted is None


def test_a_model_server_that_cannot_be_reached_is_waited_for(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr("os.kill", lambda pid, number: ended.append(number))
    each = start(served=REMOTE)
    eventually(lambda: each.engine is not None)
    each.out_of_reach()
    assert told().paused
    threading.Timer(0.1, each.drain).start()  # or it would wait for the pause to end
    with each.admitted(lambda alone: GenerationRun(variants=1)) as admitted:
        assert admitted is None
    assert not ended


def test_a_worker_whose_own_engine_has_ended_ends_too(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr("os.kill", lambda pid, number: ended.append(number))
    each = start()
    eventually(lambda: each.engine is not None)
    each.out_of_reach()
    assert ended == [signal.SIGTERM]
