"""The manifest of a data set: what was asked for, what came out, and the hash of every file."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from review.datasets.plan import PlannedRow
from review.datasets.selection import Selection

FORMAT = "aigc-portal/dataset/1"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class DataFile:
    name: str
    rows: int
    size: int
    sha256: str


@dataclass
class Census:
    """What was counted while the rows were written."""

    languages: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    briefs: set[int] = field(default_factory=set)
    reviews: set[int] = field(default_factory=set)

    def add(self, row: PlannedRow) -> None:
        self.languages[row.language] += 1
        self.decisions[row.decision] += 1
        self.briefs.add(row.brief_id)
        self.reviews.update(row.review_ids)


def digest_of(files: list[DataFile]) -> str:
    """SHA-256 of the lines that `sha256sum` prints for the data files in the order of their names."""
    lines = "".join(f"{file.sha256}  {file.name}\n" for file in sorted(files, key=lambda file: file.name))
    return hashlib.sha256(lines.encode()).hexdigest()


def manifest_of(type: str, selection: Selection, files: list[DataFile], census: Census) -> dict[str, Any]:
    files = sorted(files, key=lambda file: file.name)
    return {
        "format": FORMAT,
        "type": type,
        "team_id": selection.team_id,
        "filters": selection.filters(),
        "split": "by brief: test where the SHA-256 of the decimal brief id is divisible by 10, else train",
        "counts": {
            "rows": sum(file.rows for file in files),
            "briefs": len(census.briefs),
            "reviews": len(census.reviews),
            "rows_by_language": dict(census.languages),
            "rows_by_decision": dict(census.decisions),
        },
        "files": [asdict(file) for file in files],
        "size": sum(file.size for file in files),
        "digest": digest_of(files),
        "review_ids": sorted(census.reviews),
    }


def manifest_bytes(manifest: dict[str, Any]) -> bytes:
    """The text of `manifest.json`; the same manifest gives the same bytes."""
    return json.dumps(manifest, sort_keys=True, ensure_ascii=False, indent=2).encode() + b"\n"
