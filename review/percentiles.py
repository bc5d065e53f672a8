"""Medians and their like, computed by PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, FloatField


class Percentile(Aggregate):
    """The value that `fraction` of the rows do not exceed, between two rows by their distance; None without rows."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Any, *, fraction: float, **extra: Any) -> None:
        super().__init__(expression, fraction=repr(float(fraction)), **extra)


class Median(Percentile):
    def __init__(self, expression: Any, **extra: Any) -> None:
        super().__init__(expression, **{"fraction": 0.5, **extra})
