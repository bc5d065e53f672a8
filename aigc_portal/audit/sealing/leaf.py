"""What of an event is hashed: canonical JSON (RFC 8785) of what stays for ever, and a commitment to what may be erased.

The payload is bound by an HMAC with a salt of the event's own. Once payload and salt are gone nobody can try guesses
against the HMAC that stays, and the leaf and every proof are as they were.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from aigc_portal.audit.sealing.canonical_json import LARGEST, canonical_json

VERSION = 1
SALT_BYTES = 32
PAYLOAD = ("actor_name", "target_label", "data", "request_id", "ip", "user_agent")


@dataclass(frozen=True)
class Leaf:
    """`actor` is the pseudonymous id of the actor (hex), None for the portal itself; `payload` is `bind_payload`'s."""

    id: int
    at: datetime
    action: str
    actor: str | None
    team: int | None
    target_type: str
    target_id: str
    payload: str

    def canonical(self) -> bytes:
        """The bytes that `merkle.hash_leaf` takes. Raises ValueError for what JSON cannot say."""
        return canonical_json(
            {
                "v": VERSION,
                "id": self.id,
                "at": rfc3339(self.at),
                "action": self.action,
                "actor": self.actor,
                "team": self.team,
                "target_type": self.target_type,
                "target_id": self.target_id,
                "payload": self.payload,
            }
        )


def rfc3339(at: datetime) -> str:
    """UTC with microseconds; always 27 characters."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def canonical_payload(payload: Mapping[str, Any]) -> bytes:
    """Canonical JSON of exactly the members of PAYLOAD; this is also how a bundle writes it.

    RFC 8785 has no whole numbers beyond 2^53 - 1 (its appendix D): they are written as text.
    """
    if payload.keys() != set(PAYLOAD):
        raise ValueError(f"a payload has {', '.join(PAYLOAD)}")
    try:
        return canonical_json(dict(payload))
    except rfc8785.IntegerDomainError:
        return canonical_json(_with_large_numbers_as_text(dict(payload)))


def bind_payload(payload: bytes, salt: bytes) -> str:
    """HMAC-SHA256 in hex, of `canonical_payload`'s bytes."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hmac.digest(salt, payload, hashlib.sha256).hex()


def _with_large_numbers_as_text(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return {name: _with_large_numbers_as_text(part) for name, part in value.items()}
    if kind is list:
        return [_with_large_numbers_as_text(part) for part in value]
    if kind is int and not -LARGEST <= value <= LARGEST:
        return str(value)
    return value
