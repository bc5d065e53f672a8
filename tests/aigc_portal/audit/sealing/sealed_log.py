"""A small sealed log in memory, as the portal keeps it, and its bundle as the portal writes it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from aigc_portal.audit.sealing.checkpoint import SEPARATOR, Checkpoint
from aigc_portal.audit.sealing.entry_line import entry_line
from aigc_portal.audit.sealing.leaf import Leaf, bind_payload, canonical_payload, rfc3339
from aigc_portal.audit.sealing.merkle import append_leaves, hash_leaf, prove_consistency, prove_inclusion, root_of
from aigc_portal.audit.sealing.signed_note import SignedNote, SigningKey, VerifierKey

ORIGIN = "portal.example/audit"
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NODE_KEY = SigningKey(name=ORIGIN, seed=bytes(range(32)))


@dataclass
class Row:
    """An event as it lies in the database."""

    id: int
    at: datetime
    action: str = "review.approved"
    actor: str | None = "5e" * 16
    team: int | None = 3
    target_type: str = "review.review"
    target_id: str = "42"
    mac: str = ""
    salt: bytes | None = None
    actor_name: str = "Ravi Patel"
    target_label: str = "春季新茶"
    data: Any = field(default_factory=lambda: {"before": {"status": "IN_REVIEW"}, "after": {"status": "APPROVED"}})
    request_id: str = "0123456789abcdef"
    ip: str | None = "192.0.2.7"
    user_agent: str = 'Mozilla/5.0 "Test"'
    erased: bool = False

    @property
    def payload(self) -> bytes:
        names = ("actor_name", "target_label", "data", "request_id", "ip", "user_agent")
        return canonical_payload({name: getattr(self, name) for name in names})

    @property
    def leaf(self) -> bytes:
        return Leaf(
            id=self.id,
            at=self.at,
            action=self.action,
            actor=self.actor,
            team=self.team,
            target_type=self.target_type,
            target_id=self.target_id,
            payload=self.mac,
        ).canonical()


class SealedLog:
    def __init__(self, key: SigningKey = NODE_KEY) -> None:
        self.key = key
        self.rows: dict[int, Row] = {}  # by index
        self.tree: dict[tuple[int, int], bytes] = {}
        self.checkpoints: list[Checkpoint] = []
        self.notes: list[SignedNote] = []
        self.size = 0
        self.keys: list[VerifierKey] = [key.verifier]

    def node(self, level: int, index: int) -> bytes:
        return self.tree[level, index]

    def append(self, **columns: Any) -> Row:
        number = self.size
        row = Row(id=number + 101, at=START + timedelta(seconds=number), **columns)
        row.salt = number.to_bytes(2, "big") * 16
        row.mac = bind_payload(row.payload, row.salt)
        self.rows[number] = row
        self.seal_leaves([hash_leaf(row.leaf)])
        return row

    def seal_leaves(self, hashes: list[bytes]) -> None:
        for level, index, value in append_leaves(self.size, hashes, self.node):
            self.tree[level, index] = value
        self.size += len(hashes)

    def checkpoint(self, *more_keys: SigningKey, next_keys: tuple[VerifierKey, ...] = ()) -> SignedNote:
        made = Checkpoint(
            origin=ORIGIN,
            size=self.size,
            root=root_of(self.size, self.node),
            at=START + timedelta(seconds=self.size),
            next_keys=next_keys,
        )
        self.checkpoints.append(made)
        self.notes.append(made.sign(self.key, *more_keys))
        return self.notes[-1]

    def erase(self, *indexes: int) -> None:
        """As the portal does: a record, then payload and salt are gone."""
        ids = [self.rows[index].id for index in indexes]
        self.append(action="audit.erased", data={"events": [[event_id, event_id] for event_id in ids]})
        for index in indexes:
            self.rows[index].erased = True

    def rebuild(self, sign_with: SigningKey | None) -> None:
        """What a forger does: tree and checkpoints anew over the rows as they stand now."""
        self.rows = dict(enumerate(row for _, row in sorted(self.rows.items())))
        rows = list(self.rows.values())
        sizes = [min(made.size, len(rows)) for made in self.checkpoints]
        notes, self.size, self.notes, self.checkpoints = self.notes, 0, [], []
        for size, note in zip(sizes, notes, strict=True):
            self.seal_leaves([hash_leaf(row.leaf) for row in rows[self.size : size]])
            self.checkpoint()
            if sign_with is None:  # the best without the key: the old signatures under the new text
                self.notes[-1] = SignedNote(self.notes[-1].text, note.signatures)

    # -- the bundle

    def line(self, index: int, proof_size: int | None = None) -> bytes:
        row = self.rows[index]
        return entry_line(
            index,
            leaf=row.leaf,
            payload=None if row.erased else row.payload,
            salt=None if row.erased else row.salt,
            erased=row.erased,
            proof=None if proof_size is None else prove_inclusion(index, proof_size, self.node),
        )

    def files(self, selection: Sequence[int] | None = None, made_after: int = 10) -> dict[str, bytes]:
        size = self.checkpoints[-1].size if self.checkpoints else 0
        chosen = [index for index in sorted(self.rows) if index < size] if selection is None else selection
        proof_size = None if selection is None else size
        sizes = sorted({made.size for made in self.checkpoints})
        proofs = [
            {
                "first": first,
                "second": second,
                "proof": [value.hex() for value in prove_consistency(first, second, self.node)],
            }
            for first, second in pairwise(sizes)
        ]
        manifest = {
            "format": "aigc-portal-audit-bundle",
            "version": 1,
            "origin": ORIGIN,
            "made_at": rfc3339(START + timedelta(seconds=size + made_after)),
            "kind": "full" if selection is None else "selection",
            "tree_size": size,
        }
        files = {
            "manifest.json": json.dumps(manifest).encode(),
            "events.jsonl": b"".join(self.line(index, proof_size) for index in chosen),
            "checkpoints.txt": self.copy(),
            "consistency.json": json.dumps(proofs).encode(),
            "verifier_keys.txt": "".join(f"{key}\n" for key in self.keys).encode(),
        }
        if selection is None:
            files["leaf_hashes.bin"] = self.leaf_hashes(size)
        return files

    def copy(self) -> bytes:
        """What is kept outside the database: the notes, each with the separator after it."""
        return "".join(f"{note}{SEPARATOR}" for note in self.notes).encode()

    def leaf_hashes(self, size: int) -> bytes:
        return b"".join(self.tree[0, index] for index in range(size))


def make_log(entries: int = 50, every: int = 10, key: SigningKey = NODE_KEY) -> SealedLog:
    log = SealedLog(key)
    for number in range(entries):
        log.append(target_id=str(number))
        if log.size % every == 0:
            log.checkpoint()
    if not log.checkpoints or log.checkpoints[-1].size != log.size:
        log.checkpoint()
    return log


def write_folder(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


def write_zip(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
