"""Counts of decisions, and shares of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q

from review.models import Review

APPROVED = Q(status=Review.Status.APPROVED)
# Of a column that is never empty and stands in the index, so that the rows themselves are not read.
COUNTED = {
    "as_written": Count("team", filter=APPROVED & Q(approved_draft=F("draft"))),
    "corrected": Count("team", filter=APPROVED & ~Q(approved_draft=F("draft"))),
    "changes_requested": Count("team", filter=Q(status=Review.Status.CHANGES_REQUESTED)),
    "rejected": Count("team", filter=Q(status=Review.Status.REJECTED)),
}


@dataclass(frozen=True)
class Tally:
    as_written: int = 0
    corrected: int = 0
    changes_requested: int = 0
    rejected: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in COUNTED))

    @property
    def accepted(self) -> int:
        return self.as_written + self.corrected

    @property
    def decided(self) -> int:
        return self.accepted + self.changes_requested + self.rejected

    @property
    def acceptance(self) -> float | None:
        return self.accepted / self.decided if self.decided else None


def total(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, start=Tally())
