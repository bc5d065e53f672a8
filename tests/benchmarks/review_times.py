"""What many waits come to."""

from collections.abc import Sequence


def p99(values: Sequence[float]) -> float:
    """Return the value that 99 of 100 do not exceed, by the nearest rank."""
    return sorted(values)[-(-99 * len(values) // 100) - 1]
