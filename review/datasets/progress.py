"""How far a running export is: told by the worker, read by its page, worth nothing afterwards."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

KEPT_SECONDS = 60


@dataclass(frozen=True)
class Progress:
    """Rows written, rows in all, and the seconds that the written ones took."""

    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> int:
        """Rows a second; 0 before anything can be said."""
        return round(self.done / self.seconds) if self.seconds else 0

    @property
    def seconds_left(self) -> int | None:
        return round((self.total - self.done) / self.rate) if self.rate else None


def report(export_id: int, progress: Progress) -> None:
    try:
        cache.set(key(export_id), asdict(progress), KEPT_SECONDS)
    except RedisError:
        logger.info("the progress of export %s is not shown: the cache does not answer", export_id)


def read(export_id: int) -> Progress | None:
    """None where nobody has spoken for a minute."""
    try:
        told = cache.get(key(export_id))
    except RedisError:
        return None
    return Progress(**told) if told else None


def key(export_id: int) -> str:
    return f"dataset-progress-{export_id}"
