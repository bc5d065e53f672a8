"""What an export would give, and the first rows of what it gave."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generation.models import Brief
from generation.models.languages import Language
from review.datasets.folder import open_file
from review.datasets.models import DatasetExport
from review.datasets.plan import plan_rows
from review.datasets.rows import split_of
from review.datasets.selection import Selection

FIRST_ROWS = 3


@dataclass(frozen=True)
class Forecast:
    """What a selection gives at this moment."""

    rows: int
    train: int
    test: int
    briefs: int
    reviews: int


def forecast(type: str, selection: Selection) -> Forecast:
    rows = plan_rows(type, selection)
    train = sum(split_of(row.brief_id) == "train" for row in rows)
    return Forecast(
        rows=len(rows),
        train=train,
        test=len(rows) - train,
        briefs=len({row.brief_id for row in rows}),
        reviews=len({pk for row in rows for pk in row.review_ids}),
    )


@dataclass(frozen=True)
class Tally:
    label: str | Promise
    rows: int


DECISIONS = {
    "approved": _("approved as is"),
    "corrected": _("corrected"),
    "changes_requested": _("changes requested"),
    "rejected": _("rejected"),
}


def tallies(export: DatasetExport) -> dict[str, list[Tally]]:
    """Rows by language and by decision, in the order of the labels above."""
    counts = export.manifest["counts"]
    languages, decisions = counts["rows_by_language"], counts["rows_by_decision"]
    return {
        "languages": [Tally(label, languages[code]) for code, label in Language.choices if code in languages],
        "decisions": [Tally(label, decisions[code]) for code, label in DECISIONS.items() if code in decisions],
    }


def first_rows(export: DatasetExport) -> list[dict[str, Any]]:
    """The first rows of a finished export, training rows first, each with the `lang` of its texts.

    Raises FileNotFoundError where its files are gone.
    """
    rows: list[dict[str, Any]] = []
    for name in ("train.jsonl", "test.jsonl"):
        if len(rows) < FIRST_ROWS:
            with open_file(export.digest, name) as file:
                rows += [json.loads(line) for line in islice(file, FIRST_ROWS - len(rows))]
    briefs = Brief.objects.only("language").in_bulk({row["source"]["brief_id"] for row in rows})
    return [row | {"lang": briefs[row["source"]["brief_id"]].language} for row in rows]
