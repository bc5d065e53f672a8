"""The text of a run while it is written: a Redis stream from the worker to every browser that watches."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.04
KEPT_SECONDS = 3600
MOST_ENTRIES = 20_000
PATIENCE_SECONDS = 5.0
PAUSE_SECONDS = 5.0


def key_of(run_id: int) -> str:
    return f"run-stream:{run_id}"


def connect() -> Redis:
    """A client that mends a broken connection once, and gives up after 2 s on a broker that does not answer."""
    once = Retry(NoBackoff(), retries=1, supported_errors=(ConnectionError,))
    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1, retry=once)


def publish_end(run_id: int, status: str) -> None:
    """Tell the watchers that the run ended. A broker that does not answer is no reason to fail."""
    try:
        with connect() as redis:
            append(redis, run_id, [("end", {"status": status})])
    except RedisError:
        logger.warning("end of run %s not published", run_id)


def append(redis: Redis, run_id: int, events: list[tuple[str, dict[str, Any]]]) -> None:
    with redis.pipeline(transaction=False) as pipe:
        for name, data in events:
            pipe.xadd(key_of(run_id), {"event": name, "data": json.dumps(data)}, maxlen=MOST_ENTRIES)
        pipe.expire(key_of(run_id), KEPT_SECONDS)
        pipe.execute()


class RunWriter:
    """The worker's end: pieces of text are collected and sent every 40 ms.

    A broker that does not answer costs the live view, never the run: it is left alone for 5 s.
    """

    def __init__(self, run_id: int, attempt: int) -> None:
        self._run_id = run_id
        self._attempt = attempt
        self._redis = connect()
        self._pieces: dict[int, tuple[str, int]] = {}
        self._sent_at = 0.0
        self._paused_until = 0.0
        self._lock = threading.Lock()
        self.send("restart", {"attempt": attempt})

    def write(self, variant: int, text: str, tokens: int) -> None:
        """Add a piece; `tokens` is the variant's count so far."""
        with self._lock:
            before, _ = self._pieces.get(variant, ("", 0))
            self._pieces[variant] = (before + text, tokens)
            due = time.monotonic() - self._sent_at >= FLUSH_SECONDS
        if due:
            self.flush()

    def flush(self) -> None:
        with self._lock:
            pieces, self._pieces = self._pieces, {}
            self._sent_at = time.monotonic()
        events = [
            ("delta", {"variant": variant, "text": text, "tokens": tokens, "attempt": self._attempt})
            for variant, (text, tokens) in pieces.items()
        ]
        if events:
            self._send(events)

    def send(self, event: str, data: dict[str, Any]) -> None:
        self._send([(event, data)])

    def close(self) -> None:
        self._redis.close()

    def _send(self, events: list[tuple[str, dict[str, Any]]]) -> None:
        if time.monotonic() < self._paused_until:
            return
        try:
            append(self._redis, self._run_id, events)
        except RedisError as error:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("run %s: live text not sent (%s)", self._run_id, type(error).__name__)


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """`id` is the place in the stream to read on from, `data` is JSON."""

    id: str
    name: str
    data: str


async def read(run_id: int, after: str = "") -> AsyncGenerator[StreamEvent | None, None]:
    """The run's events after the given id, up to its "end"; None after every few quiet seconds.

    A broker that was emptied sends no end: in quiet moments the caller asks the database. Raises RedisError or OSError
    where the broker does not answer; nothing is tried twice, because the browser comes again by itself.
    """
    position = after or "0"
    redis = AsyncRedis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_connect_timeout=1,
        socket_timeout=PATIENCE_SECONDS + 2,
        retry=AsyncRetry(NoBackoff(), retries=0),
    )
    async with aclosing(redis):
        while True:
            found = await redis.xread({key_of(run_id): position}, count=500, block=int(PATIENCE_SECONDS * 1000))
            for event in entries(found):
                position = event.id
                yield event
                if event.name == "end":
                    return
            if not found:
                yield None


def entries(found: Any) -> list[StreamEvent]:
    """The entries of the one stream in XREAD's answer [[key, [(id, fields), …]]]."""
    return [StreamEvent(place, fields["event"], fields["data"]) for _, rows in found for place, fields in rows]
