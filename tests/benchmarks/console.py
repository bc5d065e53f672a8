"""What the command line chooses, and lines for those who wait; the table alone goes to the standard output."""

import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`threads` 0 is what the engine chooses for itself; the peers get the same number."""

    quick: bool = False
    rounds: int = 1
    threads: int = 0


def say(line: str) -> None:
    """Print the line with the time of day."""
    print(f"[{time.strftime('%H:%M:%S')}] {line}", file=sys.stderr, flush=True)
