"""A measure of agreement with what it rests on: how many items, how many comparisons, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

FEWEST_FOR_INTERVAL = 10
NORMAL_95 = 1.959964
NO_SPREAD = 1e-9

Sums = dict[Hashable, float]
U = TypeVar("U", bound=Hashable)


class Undefined(TextChoices):
    """Why there is no figure."""

    NOTHING_SHARED = "nothing_shared", _("No two people have judged the same text yet.")
    ONE_VERDICT = "one_verdict", _("All verdicts were the same, so nothing tells agreement from chance.")


@dataclass(frozen=True)
class Figure:
    """1 is full agreement, 0 is chance, below 0 is worse than chance. Without a `value`, `undefined` says why.

    `items` were judged by two people or more and gave `pairs` comparisons. `interval` (95 %) is None where there are
    too few items or too little variety to tell.
    """

    items: int
    pairs: int
    value: float | None = None
    interval: tuple[float, float] | None = None
    undefined: Undefined | None = None


def figure(
    units: Mapping[U, int], pairs: int, sums_of: Callable[[U], Sums], estimate: Callable[[Sums], float | None]
) -> Figure:
    """The estimate over all items. `units` are the kinds of items and how many there are of each.

    The estimate is a function of sums over the items, so that leaving one away is a subtraction.
    """
    if not units:
        return Figure(items=0, pairs=0, undefined=Undefined.NOTHING_SHARED)
    items = sum(units.values())
    parts = {unit: sums_of(unit) for unit in units}
    totals: Sums = {}
    for unit, count in units.items():
        for key, amount in parts[unit].items():
            totals[key] = totals.get(key, 0) + amount * count
    value = estimate(totals)
    if value is None:
        return Figure(items, pairs, undefined=Undefined.ONE_VERDICT)
    without_one = [(estimate(less(totals, parts[unit])), count) for unit, count in units.items()]
    return Figure(items, pairs, value, jackknife(value, without_one))


def less(totals: Sums, part: Sums) -> Sums:
    return totals | {key: totals[key] - amount for key, amount in part.items()}


def jackknife(value: float, without_one: list[tuple[float | None, int]]) -> tuple[float, float] | None:
    """The 95 % interval from the values that come out when one item is left away, and how many items give each.

    Unlike a bootstrap it draws no lots: the same data show the same interval, and a million items cost no more than
    the few kinds of items among them. Source: B. Efron, C. Stein, "The Jackknife Estimate of Variance" (1981).
    """
    known = [(each, count) for each, count in without_one if each is not None]
    items = sum(count for _each, count in without_one)
    if items < FEWEST_FOR_INTERVAL or len(known) < len(without_one):
        return None
    mean = sum(each * count for each, count in known) / items
    error = math.sqrt((items - 1) / items * sum(count * (each - mean) ** 2 for each, count in known))
    if error < NO_SPREAD:
        return None
    return max(-1.0, value - NORMAL_95 * error), min(1.0, value + NORMAL_95 * error)
