from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import Settings

from generation import resident as resident_module
from generation import tasks
from generation.engine.errors import RemoteUnavailable
from generation.engine.fake import FakeEngine
from generation.engine.types import Cancelled, GenerationRequest, OnDelta, Result
from generation.models import GenerationRun
from generation.resident import Resident
from generation.served_models import ServedModel
from generation.tasks import run_generation
from tests.cast import Cast
from tests.factories import make_brief, make_run
from tests.generation import worker_engines

pytestmark = pytest.mark.django_db(transaction=True)
NO_RUN = 0


class Noting(FakeEngine):
    """Notes of every thread that writes whether it holds a connection to the database, and how many write at once."""

    def __init__(self) -> None:
        super().__init__(delay_per_token=0.002, slots=4)
        self.connected: list[bool] = []
        self.most = 0

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        self.connected.append(connection.connection is not None)
        return super().generate(request, on_delta=on_delta, cancelled=lambda: self.look() or cancelled())

    def look(self) -> bool:
        self.most = max(self.most, self.counters().slots_in_use)
        return False


@pytest.fixture
def engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Noting]:
    """Of a worker that is ready."""
    engine = Noting()
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "pocket", []
    settings.GENERATION_ENGINE = "tests.generation.worker_engines.given"
    monkeypatch.setattr(worker_engines, "given", lambda *_: engine, raising=False)
    resident, ready = Resident(ServedModel("pocket", "pocket")), threading.Event()
    resident.start("test@here", register=lambda engine: None, announce=ready.set)
    assert ready.wait(5)
    engine.connected.clear()  # of the canary
    monkeypatch.setattr(tasks, "resident", resident)
    yield engine
    resident.stop()


def queued(cast: Cast, count: int, variants: int = 1) -> list[GenerationRun]:
    brief = make_brief(cast.marketer, cast.team)
    return [make_run(brief, status="QUEUED", variants=variants) for _ in range(count)]


def test_the_run_whose_turn_it_is_is_written_whatever_the_message_says(cast: Cast, engine: Noting) -> None:
    first, second = queued(cast, 2)
    run_generation(second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("SUCCEEDED", "QUEUED")
    run_generation(NO_RUN)
    second.refresh_from_db()
    assert second.status == "SUCCEEDED"
    run_generation(NO_RUN)


def test_many_threads_share_the_slots_and_hold_no_connection_meanwhile(cast: Cast, engine: Noting) -> None:
    runs = queued(cast, 8, variants=2)

    def work() -> None:
        try:
            run_generation(NO_RUN)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert {run.status for run in GenerationRun.objects.all()} == {"SUCCEEDED"}
    assert engine.connected == [False] * 8
    assert 4 <= engine.most <= 5, "four slots, and one run more than what is left of them"


def test_without_an_engine_a_run_stays_queued(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    (run,) = queued(cast, 1)
    monkeypatch.setattr(tasks, "resident", Resident(ServedModel("pocket", "pocket")))
    began = time.monotonic()
    run_generation(run.pk)
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("QUEUED", 0)
    assert time.monotonic() - began < 1


def test_a_worker_whose_model_is_away_leaves_the_queue_alone_for_a_while(
    cast: Cast, engine: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> list[Result]:
        calls.append(time.monotonic())
        raise RemoteUnavailable("No answer.")

    calls: list[float] = []
    monkeypatch.setattr(resident_module, "ASK_AGAIN_SECONDS", 0.2)
    worker: Resident = vars(tasks)["resident"]
    monkeypatch.setattr(worker, "served", ServedModel("pocket", "pocket", "http://localhost:9/v1"))
    queued(cast, 3)
    with monkeypatch.context() as patched:
        patched.setattr(engine, "generate", fail)
        run_generation(NO_RUN)
        run_generation(NO_RUN)
    assert calls[1] - calls[0] >= 0.2
    assert {run.status for run in GenerationRun.objects.all()} == {"QUEUED"}
