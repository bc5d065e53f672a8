"""Decisions of a span, counted once by everything that the page breaks them down by."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from generation.models import ModelVersion, Prompt
from generation.models.languages import Language
from review.numbers.span import Span, monday_of
from review.numbers.tallies import COUNTED, Tally

Dimension = Literal["language", "model", "prompt"]


@dataclass(frozen=True)
class Cell:
    """Decisions in one bucket that have all three in common. `model` is None for texts without a model's run."""

    bucket: date
    language: str
    model: int | None
    prompt: int
    tally: Tally


@dataclass(frozen=True)
class Names:
    models: dict[int, ModelVersion]
    prompts: dict[int, Prompt]

    def of(self, dimension: Dimension, key: Any) -> str:
        match dimension:
            case "language":
                return str(Language(key).label)
            case "model":
                return str(self.models.get(key, "–"))
            case _:
                return str(self.prompts.get(key, "–"))


def cells_of(span: Span) -> list[Cell]:
    """One query, and as many cells as there are combinations, however many decisions."""
    rows: Any = span.decided().values("language", "model", "prompt", bucket=span.bucket).annotate(**COUNTED)
    return [
        Cell(row["bucket"], row["language"], row["model"], row["prompt"], Tally(*(row[name] for name in COUNTED)))
        for row in rows
    ]


def names_of(cells: list[Cell]) -> Names:
    models = ModelVersion.objects.in_bulk({cell.model for cell in cells if cell.model is not None})
    return Names(models, Prompt.objects.in_bulk({cell.prompt for cell in cells}))


def by_bucket(cells: list[Cell]) -> dict[date, Tally]:
    tallies: dict[date, Tally] = {}
    for cell in cells:
        tallies[cell.bucket] = tallies.get(cell.bucket, Tally()) + cell.tally
    return tallies


def by_week(tallies: dict[date, Tally]) -> dict[date, Tally]:
    """The same by the Mondays of their weeks."""
    weeks: dict[date, Tally] = {}
    for bucket, tally in tallies.items():
        monday = monday_of(bucket)
        weeks[monday] = weeks.get(monday, Tally()) + tally
    return weeks


def by_dimension(cells: list[Cell], dimension: Dimension) -> dict[Hashable, dict[date, Tally]]:
    """For each language, model or prompt: what was decided in each bucket; the most decided first."""
    tallies: dict[Any, dict[date, Tally]] = {}
    for cell in cells:
        of_key = tallies.setdefault(getattr(cell, dimension), {})
        of_key[cell.bucket] = of_key.get(cell.bucket, Tally()) + cell.tally

    def order(item: tuple[Any, dict[date, Tally]]) -> tuple[int, bool, Any]:
        key, by_bucket = item
        return -sum(tally.decided for tally in by_bucket.values()), key is None, key

    return dict(sorted(tallies.items(), key=order))
