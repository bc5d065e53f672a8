"""How many runs a worker takes: as many as keep its engine's slots full, and no more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aigc_portal.jobs.models import MAX_ATTEMPTS
from generation.engine.types import Counters
from generation.models import GenerationRun

LOOK_SECONDS = 0.02


class Admitted:
    """A claimed run. Until `started` is called, the engine may not count its variants yet."""

    def __init__(self, run: GenerationRun) -> None:
        self.run = run
        self.has_started = False

    def started(self) -> None:
        """The engine is at work on the run: its counters tell how many of the variants are still written."""
        self.has_started = True


class Capacity:
    """Lets one run after the other be claimed while slots are free; the last one may be larger than what is left.

    Variants end at different times: a slot is free again as soon as its variant has ended, not its whole run.
    """

    def __init__(self, counters: Callable[[], Counters]) -> None:
        self._counters = counters
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._admitted: list[Admitted] = []
        self._paused_until = 0.0
        self._busy_since = 0.0
        self._busy_before = 0.0

    @contextmanager
    def admitted(self, claim: Callable[[bool], GenerationRun | None]) -> Iterator[Admitted | None]:
        """Wait for a free slot, claim a run and hold its place while the block runs.

        `claim` is told whether the worker has nothing else in hand. A run in its last attempt has the engine to itself.

        None where nothing was there to claim, and at once where the capacity is closed.
        """
        with self._turn:
            run = claim(not self._admitted) if self._wait_for_room() else None
            admitted = self._enter(run) if run is not None else None
        try:
            yield admitted
        finally:
            if admitted is not None:
                self._leave(admitted)

    def close(self) -> None:
        """Nothing is claimed any more; what waits returns."""
        self._closed.set()

    def pause(self, seconds: float) -> None:
        """Nothing is claimed for so long; what is being written goes on."""
        with self._lock:
            self._paused_until = time.monotonic() + seconds

    @property
    def paused(self) -> bool:
        return time.monotonic() < self._paused_until

    @property
    def runs(self) -> int:
        """Claimed runs that have not ended."""
        return len(self._admitted)

    def busy_seconds(self) -> float:
        """How long there has been at least one run."""
        with self._lock:
            return self._busy_before + (time.monotonic() - self._busy_since if self._admitted else 0.0)

    def _wait_for_room(self) -> bool:
        while not self._closed.is_set():
            if self._has_room():
                return True
            self._closed.wait(LOOK_SECONDS)
        return False

    def _has_room(self) -> bool:
        with self._lock:
            if self.paused:
                return False
            if any(admitted.run.attempt >= MAX_ATTEMPTS for admitted in self._admitted):
                return False
            claimed = sum(admitted.run.variants for admitted in self._admitted)
            unseen = sum(admitted.run.variants for admitted in self._admitted if not admitted.has_started)
        counters = self._counters()
        # Either is at least the true load: variants that have ended count as claimed, those just begun as unseen too.
        return min(claimed, counters.slots_in_use + counters.waiting + unseen) < counters.slots

    def _enter(self, run: GenerationRun) -> Admitted:
        admitted = Admitted(run)
        with self._lock:
            if not self._admitted:
                self._busy_since = time.monotonic()
            self._admitted.append(admitted)
        return admitted

    def _leave(self, admitted: Admitted) -> None:
        with self._lock:
            self._admitted.remove(admitted)
            if not self._admitted:
                self._busy_before += time.monotonic() - self._busy_since
