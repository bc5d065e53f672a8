"""Workers that end with the test, and runs for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from generation.models import Brief
from tests.cast import Cast
from tests.factories import make_brief
from tests.faults.worker import MODEL, Worker

StartWorker = Callable[[str], Worker]


@pytest.fixture(autouse=True)
def _one_model(settings: Settings) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = MODEL, []


@pytest.fixture
def brief(cast: Cast) -> Brief:
    return make_brief(cast.marketer, cast.team)


@pytest.fixture
def start_worker(transactional_db: None, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts a worker with an engine of tests.faults.engines; it is ready when this returns."""
    workers: list[Worker] = []

    def start(engine: str) -> Worker:
        worker = Worker(tmp_path / str(len(workers)), engine)
        workers.append(worker)
        worker.start()
        worker.wait_until_ready()
        return worker

    yield start
    for worker in workers:
        worker.kill()
        print(worker.log)
