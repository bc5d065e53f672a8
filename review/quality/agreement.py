"""How far people agree beyond chance: Cohen's kappa of two people, Krippendorff's alpha of any number.

Both are short sums over counts and stand here because no library fits the web process: krippendorff is GPL; nltk and
scikit-learn take a second and over 100 MiB at import, and fail or say NaN where agreement is not defined.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from review.quality.figures import Figure, Sums, figure

Verdicts = tuple[str, ...]
Cell = tuple[str, str]
ALL, AGREED = object(), object()  # keys of sums beside the verdicts


class Rating(NamedTuple):
    item: Hashable
    person: Hashable
    verdict: str


def units_of(ratings: Iterable[Rating]) -> Counter[Verdicts]:
    """How many items got which verdicts, sorted. Of a person's several verdicts on an item the first counts."""
    return Counter(tuple(sorted(verdicts.values())) for verdicts in by_item(ratings))


def tables_of(ratings: Iterable[Rating]) -> dict[tuple[Hashable, Hashable], Counter[Cell]]:
    """For every two people with an item in common: how often the one said this and the other that.

    The one is who was met first among the ratings of an item, so ratings sorted by person give each two one table.
    """
    tables: dict[tuple[Hashable, Hashable], Counter[Cell]] = {}
    for verdicts in by_item(ratings):
        for (one, said), (other, answered) in combinations(verdicts.items(), 2):
            if (other, one) in tables:
                tables[other, one][answered, said] += 1
            else:
                tables.setdefault((one, other), Counter())[said, answered] += 1
    return tables


def by_item(ratings: Iterable[Rating]) -> Iterable[dict[Hashable, str]]:
    items: dict[Hashable, dict[Hashable, str]] = {}
    for item, person, verdict in ratings:
        items.setdefault(item, {}).setdefault(person, verdict)
    return items.values()


def agreement_matrix(units: Mapping[Verdicts, int]) -> Counter[Cell]:
    """How often two verdicts met on an item. (a, b) and (b, a) count the same pairs; (a, a) counts a pair once."""
    matrix: Counter[Cell] = Counter()
    for unit, count in units.items():
        for one, other in combinations(unit, 2):
            matrix[one, other] += count
            if one != other:
                matrix[other, one] += count
    return matrix


def krippendorff_alpha(units: Mapping[Verdicts, int]) -> Figure:
    """Nominal alpha. Items may have any number of verdicts; those with one are left out.

    Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C.
    """
    pairable = {unit: count for unit, count in units.items() if len(unit) > 1 and count > 0}
    pairs = sum(math.comb(len(unit), 2) * count for unit, count in pairable.items())
    return figure(pairable, pairs, alpha_sums, alpha)


def alpha_sums(unit: Verdicts) -> Sums:
    """One item's part of the coincidence matrix: its margins and its diagonal."""
    given = Counter(unit)
    agreed = sum(n * (n - 1) for n in given.values()) / (len(unit) - 1)
    sums: Sums = dict(given.items())
    return sums | {ALL: len(unit), AGREED: agreed}


def alpha(sums: Sums) -> float | None:
    values, agreed = sums[ALL], sums[AGREED]
    by_chance = values**2 - sum(n * n for key, n in sums.items() if isinstance(key, str))
    return None if by_chance <= 0 else 1 - (values - 1) * (values - agreed) / by_chance


def cohen_kappa(table: Mapping[Cell, int]) -> Figure:
    """Of two people's verdicts on the same items: how often the one said this and the other that.

    Source: J. Cohen, "A Coefficient of Agreement for Nominal Scales" (1960).
    """
    cells = {cell: count for cell, count in table.items() if count > 0}
    return figure(cells, sum(cells.values()), kappa_sums, kappa)


def kappa_sums(cell: Cell) -> Sums:
    one, other = cell
    return {ALL: 1, AGREED: int(one == other), (1, one): 1, (2, other): 1}


def kappa(sums: Sums) -> float | None:
    items = sums[ALL]
    if not items:
        return None
    margins = {key: n for key, n in sums.items() if isinstance(key, tuple)}
    by_chance = sum(n * margins.get((2, key[1]), 0) for key, n in margins.items() if key[0] == 1) / items**2
    return None if by_chance >= 1 else (sums[AGREED] / items - by_chance) / (1 - by_chance)
