"""How fast an engine writes."""

from __future__ import annotations

import math

LEAST_SECONDS = 1.0
MEMORY_SECONDS = 20.0


class Throughput:
    """Tokens a second while there was work, as a moving mean over some twenty seconds; 0.0 before the first.

    The figure stays when the engine is idle.
    """

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._busy_seconds = 0.0
        self._rate = 0.0

    def measure(self, tokens: int, busy_seconds: float) -> float:
        """The mean rate. Both arguments count from the engine's start.

        A stretch without work, or with less than a second of it, tells nothing.
        """
        seconds = busy_seconds - self._busy_seconds
        if seconds >= LEAST_SECONDS and tokens > self._tokens:
            rate = (tokens - self._tokens) / seconds
            weight = 1 - math.exp(-seconds / MEMORY_SECONDS) if self._rate else 1.0
            self._rate += (rate - self._rate) * weight
            self._tokens, self._busy_seconds = tokens, busy_seconds
        return self._rate
