"""A real Celery worker in a process of its own, with an engine that needs no model."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from aigc_portal.jobs.doorbell import ring
from aigc_portal.services.configuration import REPOSITORY
from generation import engine_status
from generation.models import GenerationRun
from generation.served_models import read_reference
from tests.cast import Cast
from tests.factories import make_brief, make_run, without_triggers

pytestmark = pytest.mark.django_db(transaction=True)
MODEL = "pocket"
QUEUE = read_reference("pocket").queue


def eventually(look: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def database_url() -> str:
    """Of the tests' own database."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@pytest.fixture
def worker(cast: Cast, settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Ready to write; four slots, and two seconds to finish after SIGTERM."""
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = MODEL, []
    environment = {
        "DATABASE_URL": database_url(),
        "PORTAL_MODEL": MODEL,
        "PORTAL_WORKER_MODEL": MODEL,
        "PORTAL_ENGINE": "tests.generation.worker_engines.by_length",
        "PORTAL_SLOTS": "4",
        "PORTAL_DRAIN_SECONDS": "2",
    }
    command = [sys.executable, "-m", "celery", "-A", "aigc_portal", "worker", "-P", "threads", "-c", "4"]
    command += ["-n", "test@here", "-l", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=REPOSITORY, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            eventually(lambda: engine_status.read(QUEUE).state == "ready", 30)
            yield process
        finally:
            process.kill()
            process.wait()
            log.seek(0)
            sys.stdout.write(log.read().decode())


def test_sigterm_lets_short_runs_end_and_gives_long_ones_back(cast: Cast, worker: subprocess.Popen[bytes]) -> None:
    brief = make_brief(cast.marketer, cast.team)
    runs = [make_run(brief, status="QUEUED", variants=2) for _ in range(4)]
    short, long, waiting, later = runs
    with without_triggers():
        GenerationRun.objects.filter(pk=short.pk).update(decoding={"strategy": "greedy", "max_tokens": 24})
        GenerationRun.objects.exclude(pk=short.pk).update(decoding={"strategy": "greedy", "max_tokens": 9000})
    ring("generation.run", QUEUE, [run.pk for run in runs])
    eventually(lambda: GenerationRun.objects.filter(status="RUNNING").count() == 2)
    told = engine_status.read(QUEUE)
    assert (told.worker, told.slots) == ("test@here", 4)
    worker.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert worker.wait(10) == 0
    assert 1.5 < time.monotonic() - began < 6
    for run in runs:
        run.refresh_from_db()
    assert (short.status, short.attempt, short.drafts.count()) == ("SUCCEEDED", 1, 2)
    assert (long.status, long.attempt, long.drafts.count()) == ("QUEUED", 0, 0)
    assert {(run.status, run.attempt) for run in (waiting, later)} == {("QUEUED", 0)}, "they were never claimed"
    assert [run.started_at for run in (waiting, later)] == [None, None]
    assert engine_status.read(QUEUE).state == "absent"
