"""What leads see of a team's verdicts in a period: agreement, time, reversals, known answers. Of nobody by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from review.quality.agreement import Cell, agreement_matrix, cohen_kappa, krippendorff_alpha
from review.quality.figures import Figure
from review.quality.given import Given, Times, all_of, given_since
from review.quality.rates import Rate, together
from review.quality.reversals import reversals
from review.quality.shared_texts import SharedTexts, shared_texts


@dataclass(frozen=True)
class MeanKappa:
    """Cohen's kappa over every two people, each two weighted by the texts that they share.

    `twos` are those for whom it is defined, `lowest` and `highest` their range.
    """

    twos: int
    texts: int
    value: float | None = None
    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True)
class Quality:
    verdicts: int
    alpha: Figure
    kappa: MeanKappa
    matrix: Counter[Cell]
    times: Times
    reversed: Rate
    taken_back: Rate
    gold: Rate


@dataclass(frozen=True)
class Judged:
    """What is read of a team's period once, for the whole team and for each person.

    `given` and `reversed` are by person: who gave the verdicts, and who judged first.
    """

    shared: SharedTexts
    reversed: dict[int, Rate]
    given: dict[int, Given]


def judged(team_id: int, since: datetime | None) -> Judged:
    """Four queries."""
    return Judged(shared_texts(team_id, since), reversals(team_id, since), given_since(team_id, since))


def quality_of(judged: Judged) -> Quality:
    given = all_of(judged.given.values())
    return Quality(
        verdicts=given.verdicts,
        alpha=krippendorff_alpha(judged.shared.units),
        kappa=mean_kappa(judged.shared.tables),
        matrix=agreement_matrix(judged.shared.units),
        times=given.times,
        reversed=together(judged.reversed.values()),
        taken_back=given.undone,
        gold=given.gold,
    )


def mean_kappa(tables: Mapping[tuple[int, int], Counter[Cell]]) -> MeanKappa:
    figures = [cohen_kappa(table) for table in tables.values()]
    known = [(figure.value, figure.items) for figure in figures if figure.value is not None]
    if not known:
        return MeanKappa(twos=0, texts=0)
    texts = sum(items for _value, items in known)
    values = [value for value, _items in known]
    mean = sum(value * items for value, items in known) / texts
    return MeanKappa(len(known), texts, mean, min(values), max(values))
