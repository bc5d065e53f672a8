"""What the engines are doing: every worker tells it to one hash in Redis, the web reads them all at once."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from django.conf import settings
from django.core.cache import cache
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError
from redis.retry import Retry

from generation.served_models import served_models

State = Literal["starting", "loading", "ready", "failed", "absent"]
BEST_FIRST: tuple[State, ...] = ("ready", "loading", "starting", "failed", "absent")
KEY = "engine-workers"
KEPT_SECONDS = 30
HEALTH_KEY = "engine-status"
PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class EngineStatus:
    """One worker. `code` and `detail` say why loading failed; "absent" means that none has spoken for 30 s.

    `queue` is "" for the default model's. `slots_in_use` and `waiting` count variants: those that the engine writes and
    those that it holds until a slot is free. A worker that is `draining` takes no more runs; one that is
    `paused` could not reach its model a moment ago, and asks again soon.
    """

    state: State
    model: str = ""
    code: str = ""
    detail: str = ""
    device: str = ""
    worker: str = ""
    queue: str = ""
    dtype: str = ""
    threads: int = 0
    slots: int = 0
    slots_in_use: int = 0
    waiting: int = 0
    tokens_per_second: float = 0.0
    runs_in_flight: int = 0
    started_at: float = 0.0
    draining: bool = False
    paused: bool = False

    @property
    def since(self) -> datetime | None:
        """When the worker was started, by its own clock."""
        return datetime.fromtimestamp(self.started_at, UTC) if self.started_at else None

    @property
    def serves(self) -> bool:
        """Whether it takes runs now."""
        return self.state == "ready" and not self.draining


def report(status: EngineStatus) -> None:
    """Keep the worker's status for 30 s. Raises RedisError where Redis does not answer."""
    redis = connect()
    now, others = others_than(status.worker, redis)
    redis.hset(KEY, status.worker, json.dumps(asdict(status) | {"at": now}))
    tell_health([*others, status])


def forget(worker: str) -> None:
    """The worker has ended. Raises RedisError where Redis does not answer."""
    redis = connect()
    _, others = others_than(worker, redis)
    redis.hdel(KEY, worker)
    tell_health(others)


def others_than(worker: str, redis: Redis) -> tuple[int, list[EngineStatus]]:
    now, statuses = fresh(redis)
    return now, [status for status in statuses if status.worker != worker]


def tell_health(statuses: list[EngineStatus]) -> None:
    """The health check tells the default model's state, and knows nothing of workers."""
    cache.set(HEALTH_KEY, {"state": best_of(statuses).state}, KEPT_SECONDS)


def read_all() -> list[EngineStatus]:
    """Every worker that has spoken in the last 30 s, by queue and name; none where Redis does not answer."""
    if time.monotonic() < pause.until:
        return []
    try:
        _, statuses = fresh(connect())
    except RedisError:
        pause.until = time.monotonic() + PAUSE_SECONDS
        return []
    return sorted(statuses, key=lambda status: (status.queue, status.worker))


def read(queue: str = "") -> EngineStatus:
    """The best worker of the queue ("" is the default model's): one that is ready before one that loads or failed."""
    return best_of(read_all(), queue)


def best_of(statuses: list[EngineStatus], queue: str = "") -> EngineStatus:
    """The same, of statuses that were read already."""
    return min(of_queue(statuses, queue), key=rank, default=EngineStatus("absent", queue=queue))


def of_queue(statuses: list[EngineStatus], queue: str) -> list[EngineStatus]:
    default = served_models()[0].queue
    return [status for status in statuses if (status.queue or default) == (queue or default)]


def rank(status: EngineStatus) -> tuple[int, bool]:
    return BEST_FIRST.index(status.state), status.draining


@dataclass
class Pause:
    """Every page asks for the status, some more than once: a broker that does not answer is left alone for 2 s."""

    until: float = 0.0


pause = Pause()


@lru_cache
def connect() -> Redis:
    """A broker that hangs may cost a page a quarter of a second, not more."""
    once = Retry(NoBackoff(), retries=1, supported_errors=(ConnectionError,))
    return Redis.from_url(settings.REDIS_URL, socket_timeout=0.25, socket_connect_timeout=0.25, retry=once)


def fresh(redis: Redis) -> tuple[int, list[EngineStatus]]:
    """The time and what counts at it; entries that are too old are removed. All times are the broker's."""
    with redis.pipeline(transaction=False) as pipe:
        pipe.time()
        pipe.hgetall(KEY)
        answers: list[Any] = pipe.execute()
    (now, _), entries = answers
    kept = {worker: json.loads(text) for worker, text in entries.items()}
    if stale := [worker for worker, entry in kept.items() if entry["at"] < now - KEPT_SECONDS]:
        redis.hdel(KEY, *stale)
    return now, [status_of(entry) for worker, entry in kept.items() if worker not in stale]


def status_of(entry: dict[str, Any]) -> EngineStatus:
    """An entry may come from a worker of another version of the portal: fields that are not ours are left out."""
    ours = {field.name for field in fields(EngineStatus)}
    return EngineStatus(**{name: value for name, value in entry.items() if name in ours})
