"""Rows as TRL reads them, in conversational form, each naming where it comes from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from generation.models import Draft, GenerationRun
from review.datasets.plan import PlannedRow

CHUNK = 200


def render_rows(type: str, planned: Sequence[PlannedRow]) -> Iterator[tuple[PlannedRow, dict[str, Any]]]:
    """Each planned row with its texts, in the same order; the texts are read 200 rows at a time."""
    rows = iter(planned)
    while chunk := list(islice(rows, CHUNK)):
        drafts = Draft.objects.only("text", "sha256").in_bulk({pk for row in chunk for pk in row.draft_ids})
        runs = GenerationRun.objects.only("messages").in_bulk({row.run_id for row in chunk})
        for row in chunk:
            yield row, render(type, row, runs[row.run_id].messages, [drafts[pk] for pk in row.draft_ids])


def render(type: str, row: PlannedRow, prompt: list[dict[str, str]], drafts: list[Draft]) -> dict[str, Any]:
    answers = [[{"role": "assistant", "content": draft.text}] for draft in drafts]
    fields: dict[str, Any] = {"prompt": prompt} | dict(zip(ANSWERS[type], answers, strict=True))
    if row.label is not None:
        fields["label"] = row.label
    fields["source"] = {
        "brief_id": row.brief_id,
        "review_ids": list(row.review_ids),
        "draft_sha256": [draft.sha256 for draft in drafts],
    }
    return fields


ANSWERS = {
    "prompt-completion": ("completion",),
    "unpaired-preference": ("completion",),
    "preference": ("chosen", "rejected"),
}


def canonical_line(row: dict[str, Any]) -> bytes:
    """One line of JSON that is the same for the same row: sorted keys, no spaces, UTF-8."""
    return json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def split_of(brief_id: int) -> str:
    """`test` for one brief in ten, by the SHA-256 of its id: all rows of a brief are on one side, for ever."""
    return "test" if int(hashlib.sha256(str(brief_id).encode()).hexdigest(), 16) % 10 == 0 else "train"
