"""A share, never without what it is a share of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    count: int
    of: int

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.of else None


def together(rates: Iterable[Rate]) -> Rate:
    known = list(rates)
    return Rate(sum(rate.count for rate in known), sum(rate.of for rate in known))
