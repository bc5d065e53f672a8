"""A web server with two hundred browsers that watch a run wait, over real connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
import uvicorn
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection

from aigc_portal.asgi import application
from generation import run_stream
from generation.models import GenerationRun
from tests.cast import Cast
from tests.factories import make_brief, make_run

pytestmark = pytest.mark.django_db(transaction=True)

STREAMS = 200
AT_ONCE = 20  # browsers open their streams when they like, not all at one instant
PLACE = b"event: place\n"


@asynccontextmanager
async def web() -> AsyncIterator[int]:
    """The port of the portal's web server."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, ws="none", lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def asked(port: int, cookie: str, path: str) -> AsyncIterator[asyncio.StreamReader]:
    """What comes back on a connection of one's own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nCookie: sessionid={cookie}\r\n\r\n".encode())
    try:
        yield reader
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def connections() -> int:
    """What everybody at the tests' database takes together."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = current_user AND state IS NOT NULL")
        return int(cursor.fetchone()[0])


def waiting_run(cast: Cast) -> GenerationRun:
    return make_run(make_brief(cast.marketer, cast.team), status="QUEUED")


async def test_two_hundred_watchers_leave_the_database_to_everybody_else(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "PATIENCE_SECONDS", 0.5)
    most = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    run = await sync_to_async(waiting_run)(cast)
    cookie = await sync_to_async(lambda: cast.client("marketer").cookies["sessionid"].value)()
    door = asyncio.Semaphore(AT_ONCE)
    async with asyncio.timeout(60), web() as port, AsyncExitStack() as open_streams:

        async def watch() -> asyncio.StreamReader:
            async with door:
                events = await open_streams.enter_async_context(asked(port, cookie, f"/runs/{run.pk}/stream/"))
                await events.readuntil(PLACE)
                return events

        async def page(path: str) -> bytes:
            async with asked(port, cookie, path) as answer:
                return await answer.read()

        watchers = await asyncio.gather(*(watch() for _ in range(STREAMS)))
        assert await sync_to_async(connections)() <= most
        for _ in range(3):  # each time all of them ask for the place again
            await asyncio.gather(*(events.readuntil(PLACE) for events in watchers))
            text = await page(run.brief.get_absolute_url())
            assert text.startswith(b"HTTP/1.1 200 OK")
            assert b"Next in line" in text
            assert await sync_to_async(connections)() <= most
