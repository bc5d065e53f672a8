"""Short lines for the person who started the portal."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress


def say(text: str = "", end: str = "\n") -> None:
    """A line; a terminal that is gone is no reason to stop."""
    _write(text + end)


@contextmanager
def step(label: str) -> Iterator[None]:
    """`label …` at once, and the seconds on the same line when it is done."""
    began = time.monotonic()
    _write(f"  {label} … ")
    try:
        yield
    except BaseException:
        _write("\n")
        raise
    _write(f"{time.monotonic() - began:.1f} s\n")


def table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _write(text: str) -> None:
    with suppress(OSError, ValueError):
        sys.stdout.write(text)
        sys.stdout.flush()
