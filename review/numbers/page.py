"""All that the page of numbers shows of a span, in six queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from aigc_portal.charts import Chart
from review.numbers import charts
from review.numbers.decisions import Dimension, by_bucket, by_dimension, cells_of, names_of
from review.numbers.span import Span
from review.numbers.tallies import Tally, total
from review.numbers.waiting import Open, Waiting, open_now, waits_of


@dataclass(frozen=True)
class Numbers:
    open: Open
    tally: Tally
    waiting: Waiting
    charts: list[Chart]


def numbers_of(span: Span) -> Numbers:
    cells = cells_of(span)
    names, waits = names_of(cells), waits_of(span)

    def drawn() -> Iterator[Chart]:
        yield charts.throughput(span, by_bucket(cells))
        yield charts.waiting(span, waits.by_bucket)
        for dimension in get_args(Dimension):
            tallies = by_dimension(cells, dimension)
            yield charts.compared(dimension, tallies, names)
            yield charts.over_time(dimension, span, tallies, names)

    tally = total(cell.tally for cell in cells)
    return Numbers(open_now(span), tally, waits.overall, list(drawn()) if cells else [])
