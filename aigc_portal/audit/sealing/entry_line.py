"""A line of events.jsonl in a bundle, spelled as `verify_audit.py` reads it fastest."""

from __future__ import annotations

import json
from collections.abc import Sequence


def entry_line(
    index: int,
    *,
    leaf: bytes,
    payload: bytes | None,
    salt: bytes | None,
    erased: bool,
    proof: Sequence[bytes] | None = None,
) -> bytes:
    """`leaf` is `Leaf.canonical()`, `payload` is `canonical_payload()`: both go into the line as they are.

    Payload and salt are None where they were erased. A bundle of selected entries gives each its inclusion proof.
    """
    parts = [
        b'{"index":%d,"leaf":%b,"payload":%b' % (index, leaf, b"null" if payload is None else payload),
        b'"salt":null' if salt is None else b'"salt":"%b"' % salt.hex().encode(),
        b'"erased":true' if erased else b'"erased":false',
    ]
    if proof is not None:
        parts.append(b'"proof":%b' % json.dumps([value.hex() for value in proof]).encode())
    return b",".join(parts) + b"}\n"
