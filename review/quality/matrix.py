"""The agreement matrix as rows of a table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from review.quality.agreement import Cell
from review.quality.outcomes import Outcome
from review.quality.rates import Rate

STRENGTHS = 4


@dataclass(frozen=True)
class Met:
    """Where one reviewer said this, how often another said that. `strength`: 0 (never) to 4 (nearly always)."""

    rate: Rate
    agrees: bool

    @property
    def strength(self) -> int:
        return round(STRENGTHS * (self.rate.share or 0))


@dataclass(frozen=True)
class MatrixRow:
    said: Outcome
    met: list[Met]
    pairs: int


def matrix_rows(matrix: Counter[Cell]) -> list[MatrixRow]:
    """A row for each outcome; shares of the pairs of verdicts in which somebody said that. Empty without pairs."""
    rows = []
    for said in Outcome:
        pairs = sum(matrix[said, answered] for answered in Outcome)
        met = [Met(Rate(matrix[said, answered], pairs), said == answered) for answered in Outcome]
        rows.append(MatrixRow(said, met, pairs))
    return rows if any(row.pairs for row in rows) else []
