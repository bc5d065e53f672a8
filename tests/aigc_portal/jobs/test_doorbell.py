from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from aigc_portal.celery import app
from aigc_portal.jobs import doorbell, sweeper
from aigc_portal.jobs.doorbell import ring
from aigc_portal.jobs.sweeper import columns_of_queue, ring_again
from generation.models import GenerationRun
from generation.served_models import read_reference
from review.datasets.models import DatasetExport
from tests.cast import Cast
from tests.factories import make_brief, make_run

SMALL, LARGE = read_reference("small").queue, read_reference("large").queue


@pytest.fixture(autouse=True)
def _two_models(settings: Settings) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "small", ["large@http://localhost:9/v1"]


def waiting_messages(queue: str = SMALL) -> int:
    with app.connection_for_read() as connection:
        return int(connection.default_channel.client.llen(queue))


def empty_broker() -> None:
    with app.connection_for_read() as connection:
        connection.default_channel.client.flushdb()


@pytest.fixture(autouse=True)
def _empty_broker() -> None:
    empty_broker()


@pytest.fixture
def queued(cast: Cast) -> GenerationRun:
    run = make_run(make_brief(cast.marketer, cast.team), status="QUEUED")
    GenerationRun.objects.update(queued_at="2026-01-01T00:00:00Z")
    run.refresh_from_db()
    return run


def queue_more(run: GenerationRun, count: int, **changes: Any) -> None:
    """Copies of the run, older than the sweeper's patience."""
    fields = {field.attname: getattr(run, field.attname) for field in run._meta.concrete_fields} | changes
    GenerationRun.objects.bulk_create(GenerationRun(**fields | {"id": None}) for _ in range(count))


def test_a_silent_job_is_rung_once(queued: GenerationRun) -> None:
    assert ring_again(GenerationRun) == 1
    assert waiting_messages() == 1
    assert ring_again(GenerationRun) == 0, "the broker holds its message already"


def test_an_emptied_broker_is_filled_again(queued: GenerationRun) -> None:
    queue_more(queued, 999)
    assert ring_again(GenerationRun) == 1000
    assert waiting_messages() == 1000
    empty_broker()
    assert ring_again(GenerationRun) == 1000
    assert waiting_messages() == 1000


def test_a_pass_ends_however_many_wait(queued: GenerationRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "MOST_RINGS", 3)
    queue_more(queued, 4)
    assert [ring_again(GenerationRun) for _ in range(3)] == [3, 2, 0]
    assert waiting_messages() == 5


def test_each_model_is_rung_for_in_its_own_queue(queued: GenerationRun) -> None:
    queue_more(queued, 2, model_name="large")
    queue_more(queued, 3, model_name="served no more")
    assert ring_again(GenerationRun) == 6
    assert (waiting_messages(SMALL), waiting_messages(LARGE)) == (4, 2)


def test_a_queue_that_is_full_of_messages_hides_no_other(queued: GenerationRun) -> None:
    queue_more(queued, 1, model_name="large")
    ring(GenerationRun.TASK, SMALL, [queued.pk] * 5)
    assert ring_again(GenerationRun) == 1
    assert waiting_messages(LARGE) == 1


def test_the_one_that_was_silent_longest_comes_first(queued: GenerationRun) -> None:
    queue_more(queued, 3)
    ring(GenerationRun.TASK, SMALL, [queued.pk] * 3)
    GenerationRun.objects.exclude(pk=queued.pk).update(rung_at="2026-01-02T00:00:00Z")
    assert ring_again(GenerationRun) == 1
    queued.refresh_from_db()
    assert queued.rung_at is not None


def test_a_job_that_was_queued_just_now_is_not_rung_for(cast: Cast) -> None:
    make_run(make_brief(cast.marketer, cast.team), status="QUEUED")
    assert ring_again(GenerationRun) == 0, "its own ring is on the way"


def test_the_cost_of_a_look_does_not_depend_on_the_jobs(queued: GenerationRun) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            ring_again(GenerationRun)
        return len(captured)

    few = queries()
    queue_more(queued, 50)
    assert queries() == few
    assert columns_of_queue(GenerationRun) == {"model_name"}


def test_other_jobs_ring_in_the_default_queue(cast: Cast) -> None:
    export = DatasetExport.objects.create(team=cast.team, type="preference", requested_by=cast.engineer)
    DatasetExport.objects.filter(pk=export.pk).update(queued_at="2026-01-01T00:00:00Z")
    assert ring_again(DatasetExport) == 1
    assert waiting_messages("default") == 1


def test_nothing_queued_rings_nothing(db: None) -> None:
    assert ring_again(GenerationRun) == 0


@pytest.fixture
def hanging_broker() -> Iterator[str]:
    """A socket that accepts and never answers."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = str(Path(folder) / "hang.sock")
        listener.bind(path)
        listener.listen(8)
        yield path


@pytest.mark.django_db
def test_a_hanging_broker_holds_no_request(
    hanging_broker: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    monkeypatch.setattr(app.conf, "broker_write_url", f"redis+socket://{hanging_broker}")
    started = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        doorbell.ring_after_commit(GenerationRun(pk=1))
    submitted = time.monotonic() - started
    doorbell._ringer.submit(lambda: None).result(timeout=30)
    assert submitted < 1, "the sockets time out after 2 s; a request that waited for them would take longer"
    assert "the sweeper rings again" in caplog.text
