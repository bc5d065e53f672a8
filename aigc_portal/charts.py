"""A table of numbers that templates/parts/chart.html shows as a chart, with the table behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise

Kind = Literal["line", "bar", "stacked"]
Unit = Literal["count", "percent", "hour", "minute", "second"]
Words = str | Promise


@dataclass(frozen=True)
class Cell:
    """`value` is drawn (None leaves a gap) and `shown` is read; a share of 42 % has the value 0.42."""

    value: float | None
    shown: str


@dataclass(frozen=True)
class Column:
    """`tone` is good, warn or bad where the colour means something. A column that is not drawn is only in the table."""

    label: Words
    tone: str = ""
    drawn: bool = True


@dataclass(frozen=True)
class Row:
    """`axis` is a shorter label for the axis, where there is one."""

    label: Words
    cells: list[Cell]
    axis: Words = ""


@dataclass(frozen=True)
class Chart:
    """A line or stacked bars over time, or horizontal bars that compare. `key` names it within its page.

    `heading` stands over the rows' labels; each row has a cell for each column.
    """

    key: str
    kind: Kind
    unit: Unit
    caption: Words
    heading: Words
    columns: list[Column]
    rows: list[Row]
    note: Words = ""
