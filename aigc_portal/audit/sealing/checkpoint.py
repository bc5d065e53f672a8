"""Checkpoints of the log: https://c2sp.org/tlog-checkpoint. A signed one promises the log's first `size` leaves."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from aigc_portal.audit.sealing.merkle import HASH_BYTES
from aigc_portal.audit.sealing.signed_note import SignedNote, SigningKey, VerifierKey, sign_note

SEPARATOR = "=====\n"
"""Stands after every note in a file of several: checkpoints.txt of a bundle and the copy outside the database."""

SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
TIME = "time "
NEXT_KEY = "next-key "


class BadCheckpoint(ValueError):
    """The text of a note is not a checkpoint's."""


@dataclass(frozen=True)
class Checkpoint:
    """`at` and `next_keys` are extension lines: when it was signed, and keys that it introduces (rotation).

    A reader who trusts the key that signed a checkpoint trusts the keys that it introduces for those that follow.
    """

    origin: str
    size: int
    root: bytes
    at: datetime | None = None
    next_keys: tuple[VerifierKey, ...] = ()

    def __post_init__(self) -> None:
        if not self.origin.isprintable() or not self.origin.strip() or self.origin + "\n" == SEPARATOR:
            raise BadCheckpoint(f"not an origin: {self.origin!r}")
        if self.size < 0 or len(self.root) != HASH_BYTES:
            raise BadCheckpoint("a checkpoint has a size and a root of 32 bytes")

    @property
    def text(self) -> str:
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode()]
        if self.at is not None:
            lines.append(TIME + self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        lines += [NEXT_KEY + str(key) for key in self.next_keys]
        return "\n".join(lines) + "\n"

    def sign(self, *keys: SigningKey) -> SignedNote:
        return sign_note(self.text, *keys)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises BadCheckpoint or BadNote. Extension lines that are not known are passed over."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise BadCheckpoint("a checkpoint has at least three lines and none is empty")
        origin, size, root, *extensions = lines
        if not SIZE.fullmatch(size):
            raise BadCheckpoint("the size is not a decimal number")
        return cls(
            origin=origin,
            size=int(size),
            root=_decode(root),
            at=next((_instant(line.removeprefix(TIME)) for line in extensions if line.startswith(TIME)), None),
            next_keys=tuple(
                VerifierKey.parse(line.removeprefix(NEXT_KEY)) for line in extensions if line.startswith(NEXT_KEY)
            ),
        )


def _decode(root: str) -> bytes:
    try:
        decoded = base64.b64decode(root, validate=True)
    except (binascii.Error, ValueError):
        raise BadCheckpoint("the root is not base64") from None
    if base64.b64encode(decoded).decode() != root:
        raise BadCheckpoint("the root is not base64 as it is written")
    return decoded


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadCheckpoint("the time is not RFC 3339 in UTC with microseconds") from None
