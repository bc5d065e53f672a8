"""Medians of values that were counted."""

from __future__ import annotations

from collections.abc import Mapping


def median_of(counts: Mapping[int, int]) -> float | None:
    """`counts`: how often there was each value. Half way between the two in the middle; None without values."""
    total, passed, lower = sum(counts.values()), 0, None
    for value in sorted(counts):
        passed += counts[value]
        if lower is None and 2 * passed >= total > 0:
            lower = value
        if 2 * passed > total:
            return (value + (value if lower is None else lower)) / 2
    return None
