"""The completions of one run, on their way from the loop's thread to the caller's."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

from generation.engine.errors import ModelUnavailable
from generation.engine.openai.loop_thread import LoopThread
from generation.engine.openai.tally import Progress

SECONDS_BETWEEN_LOOKS = 0.05
SECONDS_TO_CLOSE = 1.0

Send = Callable[[Progress], None]
Work = Callable[[Send], Coroutine[Any, Any, None]]


class Streams:
    """Runs each piece of `works` as a task of the loop between enter and exit, and queues what they send.

    On exit every task is cancelled, and waited for until it has closed its connection, a second at most.
    """

    def __init__(self, thread: LoopThread, works: Sequence[Work]) -> None:
        self._thread = thread
        self._works = works
        self._arrivals: SimpleQueue[tuple[int, Progress | BaseException]] = SimpleQueue()
        self._tasks: dict[int, asyncio.Task[None]] = {}  # touched in the loop's thread alone
        self._all_closed = threading.Event()

    def __enter__(self) -> Self:
        self._check_open()
        self._thread.soon(self._start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in range(len(self._works)):
            self.close(number)
        self._all_closed.wait(SECONDS_TO_CLOSE)

    def next(self) -> tuple[int, Progress | BaseException] | None:
        """Return what came from which work, or None where nothing came for a moment."""
        try:
            return self._arrivals.get(timeout=SECONDS_BETWEEN_LOOKS)
        except Empty:
            self._check_open()
            return None

    def close(self, number: int) -> None:
        """Have the work cancelled; one that is over stays as it is."""
        self._thread.soon(lambda: self._tasks[number].cancel())

    def _check_open(self) -> None:
        if self._thread.closed:
            raise ModelUnavailable("The engine is closed.")

    def _start(self) -> None:
        for number, work in enumerate(self._works):
            task = asyncio.create_task(work(partial(self._send, number)))
            task.add_done_callback(partial(self._ended, number))
            self._tasks[number] = task

    def _send(self, number: int, progress: Progress) -> None:
        self._arrivals.put((number, progress))

    def _ended(self, number: int, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._arrivals.put((number, error))
        if all(each.done() for each in self._tasks.values()):
            self._all_closed.set()
