"""The stream of a run under ASGI: replay, resume, access, and an end in every case."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.db import close_old_connections, connection
from django.test import AsyncClient
from django.urls import reverse

from aigc_portal.accounts.models import User
from aigc_portal.jobs.leases import claim
from generation import pipeline, queue_place, run_stream
from generation.engine.fake import FakeEngine
from generation.models import GenerationRun
from generation.run_stream import append, connect, key_of
from tests.cast import Cast
from tests.factories import make_brief, make_run

pytestmark = pytest.mark.django_db(transaction=True)

DELTA = {"variant": 0, "text": "港湾 mug\n", "tokens": 3, "attempt": 1}


@pytest.fixture
def run(cast: Cast) -> Iterator[GenerationRun]:
    """A running run whose stream is empty: after a test the next database reuses the number."""
    run = make_run(make_brief(cast.marketer, cast.team), status="RUNNING")
    yield run
    with connect() as redis:
        redis.delete(key_of(run.pk))


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_stream, "PATIENCE_SECONDS", 0.2)


def publish(run: GenerationRun, *events: tuple[str, dict[str, Any]]) -> None:
    with connect() as redis:
        append(redis, run.pk, list(events))


async def open_stream(run: GenerationRun, user: User, last_event_id: str = "") -> Any:
    client = AsyncClient()
    await client.aforce_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    return await client.get(reverse("generation:run-stream", args=[run.pk]), headers=headers)


def pieces_of(response: Any) -> AsyncIterator[str]:
    async def pieces() -> AsyncIterator[str]:
        async for piece in response.streaming_content:
            yield piece.decode()

    return pieces()


async def read_all(run: GenerationRun, user: User, last_event_id: str = "") -> list[str]:
    response = await open_stream(run, user, last_event_id)
    async with asyncio.timeout(20):
        first, *pieces = [piece async for piece in pieces_of(response)]
    assert first.startswith("retry: 2000\n\nevent: status\n")
    return pieces


def names(pieces: list[str]) -> list[str]:
    return [line.removeprefix("event: ") for piece in pieces for line in piece.splitlines() if "event: " in line]


async def test_a_finished_stream_is_replayed_from_the_start(cast: Cast, run: GenerationRun) -> None:
    await sync_to_async(publish)(
        run, ("restart", {"attempt": 1}), ("delta", DELTA), ("end", {"status": "SUCCEEDED"}), ("delta", DELTA)
    )
    response = await open_stream(run, cast.auditor)
    pieces = [piece async for piece in pieces_of(response)]
    assert names(pieces) == ["status", "restart", "delta", "end"]
    assert pieces[2].startswith("id: ")
    assert "\\u6e2f\\u6e7e mug\\n" in pieces[2]
    assert response["Content-Type"] == "text/event-stream"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Accel-Buffering"] == "no"


async def test_a_reader_resumes_after_the_last_event_that_it_saw(cast: Cast, run: GenerationRun) -> None:
    await sync_to_async(publish)(
        run, *[("delta", DELTA | {"tokens": number}) for number in range(6)], ("end", {"status": "SUCCEEDED"})
    )
    whole = await read_all(run, cast.marketer)
    third = whole[2].splitlines()[0].removeprefix("id: ")
    assert await read_all(run, cast.marketer, third) == whole[3:]


@pytest.mark.parametrize("nonsense", ["$", "0-0; FLUSHALL", "x" * 5000, "9" * 30 + "-1"])
async def test_a_nonsense_id_replays_everything(cast: Cast, run: GenerationRun, nonsense: str) -> None:
    await sync_to_async(publish)(run, ("delta", DELTA), ("end", {"status": "SUCCEEDED"}))
    assert names(await read_all(run, cast.marketer, nonsense)) == ["delta", "end"]


async def test_other_teams_and_strangers(cast: Cast, run: GenerationRun) -> None:
    assert (await open_stream(run, cast.outsider)).status_code == 404
    response = await AsyncClient().get(reverse("generation:run-stream", args=[run.pk]))
    assert response.status_code == 302
    missing = GenerationRun(pk=run.pk + 1000)
    assert (await open_stream(missing, cast.marketer)).status_code == 404


async def test_the_worker_taking_a_queued_run_is_told_in_the_readers_language(cast: Cast, run: GenerationRun) -> None:
    await GenerationRun.objects.filter(pk=run.pk).aupdate(status="QUEUED")
    await User.objects.filter(pk=cast.marketer.pk).aupdate(language="zh-hans")
    await sync_to_async(publish)(run, ("restart", {"attempt": 1}), ("end", {"status": "SUCCEEDED"}))
    pieces = await read_all(run, cast.marketer)
    assert names(pieces) == ["place", "restart", "status", "end"]
    assert '"status": "RUNNING"' in pieces[2]


async def test_a_waiting_run_tells_its_place_at_once_and_in_every_quiet_moment(
    cast: Cast, run: GenerationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_place, "KEPT_SECONDS", 0.01)
    await GenerationRun.objects.filter(pk=run.pk).aupdate(status="QUEUED")
    ahead = await sync_to_async(make_run)(run.brief, status="QUEUED")
    await GenerationRun.objects.filter(pk=ahead.pk).aupdate(queued_at=run.queued_at - timedelta(seconds=1))
    pieces = pieces_of(await open_stream(run, cast.marketer))
    assert "event: status" in await anext(pieces)
    for _ in range(2):
        assert placed(await anext(pieces)) == {"ahead": 1, "seconds": None, "text": "1 run ahead"}
    await GenerationRun.objects.filter(pk=ahead.pk).aupdate(status="CANCELLED")
    told = [placed(await anext(pieces)) for _ in range(2)]
    assert told[-1] == {"ahead": 0, "seconds": None, "text": "Next in line"}


def placed(piece: str) -> Any:
    """What the one event of the piece says of the place."""
    name, data = piece.strip().splitlines()
    assert name == "event: place"
    return json.loads(data.removeprefix("data: "))


def work_on(run: GenerationRun) -> None:
    """What a worker's thread does."""
    claimed = claim(GenerationRun, run.pk)
    assert claimed is not None
    pipeline.execute(claimed, FakeEngine(delay_per_token=0.002))
    connection.close()


async def test_a_real_run_from_queue_to_end(cast: Cast, run: GenerationRun) -> None:
    await GenerationRun.objects.filter(pk=run.pk).aupdate(status="QUEUED")
    reader = asyncio.create_task(read_all(run, cast.marketer))
    await asyncio.sleep(0.3)
    await asyncio.to_thread(work_on, run)
    found = names(await reader)
    assert found.index("restart") < found.index("delta")
    assert found[-1] == "end"


async def test_a_broker_emptied_in_the_middle_still_ends(cast: Cast, run: GenerationRun) -> None:
    await sync_to_async(publish)(run, ("restart", {"attempt": 1}), ("delta", DELTA))
    reader = asyncio.create_task(read_all(run, cast.marketer))
    await asyncio.sleep(0.1)

    def empty() -> None:
        with connect() as redis:
            redis.delete(key_of(run.pk))
        GenerationRun.objects.filter(pk=run.pk).update(status="SUCCEEDED")

    await sync_to_async(empty)()
    pieces = await reader
    assert names(pieces) == ["restart", "delta", "end"]
    assert '"status": "SUCCEEDED"' in pieces[-1]


async def test_quiet_moments_are_comments_and_tell_a_changed_status(cast: Cast, run: GenerationRun) -> None:
    pieces = pieces_of(await open_stream(run, cast.marketer))
    assert "event: status" in await anext(pieces)
    assert await anext(pieces) == ": quiet\n\n"
    await GenerationRun.objects.filter(pk=run.pk).aupdate(status="QUEUED")
    assert "event: status" in await anext(pieces)
    assert "event: place" in await anext(pieces)
    await GenerationRun.objects.filter(pk=run.pk).aupdate(status="CANCELLED")
    assert "event: end" in await anext(pieces)
    assert [piece async for piece in pieces] == []


async def test_a_broker_that_is_gone_ends_the_stream_without_an_error(
    cast: Cast, run: GenerationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = await open_stream(run, cast.marketer)
    with monkeypatch.context() as patched:
        patched.setattr(settings, "REDIS_URL", "unix:///nowhere/at-all.sock?db=0")
        assert names([piece async for piece in pieces_of(response)]) == ["status", "gone"]


async def test_a_broker_that_never_answers_ends_the_stream_too(
    cast: Cast, run: GenerationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = await open_stream(run, cast.marketer)
    with socket.create_server(("127.0.0.1", 0)) as silent, monkeypatch.context() as patched:
        patched.setattr(settings, "REDIS_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        async with asyncio.timeout(5):
            assert names([piece async for piece in pieces_of(response)]) == ["status", "gone"]


async def test_fifty_streams_hold_no_database_connection(cast: Cast, run: GenerationRun) -> None:
    """The pool has twenty. As in the server, each request has a thread of its own, and so would have a connection."""
    assert settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] < 50
    before = await sync_to_async(held_connections)()
    quiet, go_on, door = asyncio.Barrier(51), asyncio.Event(), asyncio.Semaphore(10)

    async def watch() -> str:
        async with ThreadSensitiveContext():
            async with door:  # a browser opens its stream when it likes, not at the same instant as 49 others
                pieces = pieces_of(await open_stream(run, cast.marketer))
            assert [await anext(pieces) for _ in range(3)][1:] == [": quiet\n\n", ": quiet\n\n"]
            await quiet.wait()
            await go_on.wait()
            return "".join([piece async for piece in pieces])

    async with asyncio.timeout(60):
        watchers = [asyncio.create_task(watch()) for _ in range(50)]
        await quiet.wait()
        held = await sync_to_async(held_connections)()
        await sync_to_async(publish)(run, ("end", {"status": "SUCCEEDED"}))
        go_on.set()
        assert all("event: end" in text for text in await asyncio.gather(*watchers))
    assert held <= before


def held_connections() -> int:
    """Connections that were taken from the pool and not given back."""
    close_old_connections()
    stats = connection.pool.get_stats()  # type: ignore[attr-defined]
    return int(stats["pool_size"] - stats["pool_available"])


@pytest.mark.parametrize(("status", "words"), [("QUEUED", "Waiting for its turn…"), ("RUNNING", "Reading the brief…")])
def test_before_the_first_word_a_card_says_what_happens(
    cast: Cast, run: GenerationRun, status: str, words: str
) -> None:
    GenerationRun.objects.filter(pk=run.pk).update(status=status)
    text = cast.client("marketer").get(f"/runs/{run.pk}/panel/").content.decode()
    assert f'data-placeholder="{words}"' in text
    assert "Tokens: <span data-tokens></span>" in text
    assert "data-stream-quiet" in text
