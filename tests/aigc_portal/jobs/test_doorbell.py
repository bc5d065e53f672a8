from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from aigc_portal.celery import app
from aigc_portal.jobs import doorbell
from aigc_portal.jobs.sweeper import ring_again
from generation.models import GenerationRun
from tests.cast import Cast
from tests.factories import make_brief, make_run


def waiting_messages() -> int:
    with app.connection_for_read() as connection:
        return int(connection.default_channel.client.llen("generation"))


@pytest.fixture(autouse=True)
def _empty_broker() -> None:
    with app.connection_for_read() as connection:
        connection.default_channel.client.flushdb()


@pytest.fixture
def queued(cast: Cast) -> GenerationRun:
    run = make_run(make_brief(cast.marketer, cast.team), status="QUEUED")
    GenerationRun.objects.update(queued_at="2026-01-01T00:00:00Z")
    return run


def test_a_silent_job_is_rung_once(queued: GenerationRun) -> None:
    assert ring_again(GenerationRun) == 1
    assert waiting_messages() == 1
    assert ring_again(GenerationRun) == 0, "the broker holds its message already"


def test_an_emptied_broker_is_filled_again(queued: GenerationRun) -> None:
    ring_again(GenerationRun)
    with app.connection_for_read() as connection:
        connection.default_channel.client.flushdb()
    assert ring_again(GenerationRun) == 1


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
