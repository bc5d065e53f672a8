"""Figures that took long to count are shown again for some minutes, with the time at which they were counted."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from time import monotonic
from typing import Generic, TypeVar

from django.core.cache import caches
from django.utils import timezone
from django.utils.translation import get_language

T = TypeVar("T")

SLOW_SECONDS = 1.0
KEPT_SECONDS = 600


@dataclass(frozen=True)
class Counted(Generic[T]):
    """`kept` says that it was counted before, at `at`."""

    figures: T
    at: datetime
    kept: bool = False


def counted(name: str, of: Hashable, count: Callable[[], T]) -> Counted[T]:
    """What `count` returns, in the reader's language. `of` tells apart what is counted; what is quick is not kept."""
    key = f"{name}:{sha256(f'{get_language()} {of!r}'.encode()).hexdigest()}"
    if (found := caches["process"].get(key)) is not None:
        figures, at = found
        return Counted(figures, at, kept=True)
    started, at = monotonic(), timezone.now()
    figures = count()
    if monotonic() - started > SLOW_SECONDS:
        caches["process"].set(key, (figures, at), KEPT_SECONDS)
    return Counted(figures, at)
