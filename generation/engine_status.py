"""What the resident engine is doing, told by the worker and read by the web: state, model, and what went wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from django.core.cache import cache
from redis.exceptions import RedisError

State = Literal["starting", "loading", "ready", "failed", "absent"]
KEY = "engine-status"
KEPT_SECONDS = 30


@dataclass(frozen=True)
class EngineStatus:
    """`code` and `detail` say why loading failed. "absent" means that no worker has spoken for 30 s."""

    state: State
    model: str = ""
    code: str = ""
    detail: str = ""
    device: str = ""


def report(status: EngineStatus) -> None:
    """Keep the status for 30 s; the worker repeats it every 10 s."""
    cache.set(KEY, asdict(status), KEPT_SECONDS)


def read() -> EngineStatus:
    try:
        kept = cache.get(KEY)
    except RedisError:
        kept = None
    return EngineStatus(**kept) if kept else EngineStatus("absent")
