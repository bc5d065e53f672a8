"""The orders in which reviews are listed, and places in them: a page is found by its place, at any depth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from review.models import ReviewQuerySet
from review.models.reviews import QUEUE_ORDER

LARGEST = 2**63 - 1
Place = tuple[Any, ...]


@dataclass(frozen=True)
class QueueOrder:
    """By these columns, all upwards or all downwards. The last one is the key, so that no two rows are equal."""

    columns: tuple[str, ...]
    downwards: bool = False

    def sort(self, found: ReviewQuerySet) -> ReviewQuerySet:
        return found.order_by(*(f"-{column}" if self.downwards else column for column in self.columns))

    def beyond(self, found: ReviewQuerySet, place: Place | None) -> ReviewQuerySet:
        """A comparison of whole rows, which an index in this order begins at."""
        if place is None:
            return found
        joiner = " < " if self.downwards else " > "
        ours, theirs = row(*map(F, self.columns)), row(*map(Value, place))
        later = Func(ours, theirs, template="%(expressions)s", arg_joiner=joiner, output_field=BooleanField())
        return found.filter(Q(later))

    def parse(self, written: str) -> Place | None:
        """The place of "3,2026-01-31T08:30:00+00:00,7", or None."""
        parts = written.split(",")
        if len(parts) != len(self.columns):
            return None
        place = tuple(parsed(column, part) for column, part in zip(self.columns, parts, strict=True))
        return None if None in place else place


def row(*columns: Any) -> Func:
    return Func(*columns, template="(%(expressions)s)", output_field=TextField())


def written(place: Place) -> str:
    return ",".join(part.isoformat() if isinstance(part, datetime) else str(part) for part in place)


def parsed(column: str, part: str) -> int | datetime | None:
    if not column.endswith("_at"):
        return int(part) if part.isascii() and part.isdigit() and int(part) <= LARGEST else None
    try:
        moment = parse_datetime(part)
    except ValueError:
        return None
    return moment if moment is not None and timezone.is_aware(moment) else None


BY_URGENCY = QueueOrder(QUEUE_ORDER)
LAST_DECIDED = QueueOrder(("decided_at", "pk"), downwards=True)
NEWEST = QueueOrder(("pk",), downwards=True)
