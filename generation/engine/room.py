"""Room on the disk and turns at the work."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from generation.engine.errors import DiskFull

SPARE = 200_000_000


def require_room(folder: Path, needed: int) -> None:
    """Raise DiskFull unless `needed` bytes and some to spare fit onto the folder's disk."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise DiskFull(
            f"{folder} needs {(needed + SPARE) / 1e9:.1f} GB of free disk space; there are {free / 1e9:.1f} GB."
        )


@contextmanager
def exclusive(lock: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file; where another process has it, call `waiting` once and wait."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
