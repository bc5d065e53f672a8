"""When a run must end before its time."""

import time

from generation.engine.types import Cancelled, FinishReason, GenerationRequest


class Watch:
    """Asks for cancellation and looks at the clock; the deadline counts from the making of the watch."""

    def __init__(self, request: GenerationRequest, cancelled: Cancelled) -> None:
        self._cancelled = cancelled
        seconds = request.deadline_seconds
        self._ends = None if seconds is None else time.monotonic() + seconds

    def reason(self) -> FinishReason | None:
        """Return why every variant must end now, or None."""
        if self._cancelled():
            return "cancelled"
        if self._ends is not None and time.monotonic() >= self._ends:
            return "deadline"
        return None
