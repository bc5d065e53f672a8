"""Signed notes with Ed25519: https://c2sp.org/signed-note. What is signed is the text with its last newline."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
MARK = "— "  # an em dash starts every line of a signature
MOST_SIGNATURES = 64
PRIVATE = "PRIVATE+KEY+"


class BadNote(ValueError):
    """Not a note, not a key, or not signed by a key that is known."""


@dataclass(frozen=True)
class VerifierKey:
    """A name and a public key, written "name+id+key": what a reader of notes must have got from somewhere safe."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or self.name.split() != [self.name] or not self.name.isprintable():
            raise BadNote(f"not a name of a key: {self.name!r}")
        if len(self.public) != 32:
            raise BadNote("an Ed25519 key has 32 bytes")

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of the same name apart. They prove nothing."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def verifies(self, signature: bytes, text: str) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Raises BadNote unless the line is a verifier key of Ed25519."""
        name, id_hex, encoded = _three(line)
        key = cls(name=name, public=_key_bytes(encoded))
        if key.id.hex() != id_hex:
            raise BadNote("the id of the key does not fit its name and bytes")
        return key


@dataclass(frozen=True)
class SigningKey:
    """A name and a private key. Its `secret`, "PRIVATE+KEY+name+id+seed", is for the key file only."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> Self:
        key = cls(name=name, seed=Ed25519PrivateKey.generate().private_bytes_raw())
        _ = key.verifier  # the name is checked
        return key

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        value = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return Signature(name=self.name, key_id=self.verifier.id, value=value)

    @property
    def secret(self) -> str:
        return f"{PRIVATE}{self.name}+{self.verifier.id.hex()}+{base64.b64encode(ED25519 + self.seed).decode()}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Raises BadNote, which never repeats the line."""
        if not line.startswith(PRIVATE):
            raise BadNote("not a private key")
        name, id_hex, encoded = _three(line[len(PRIVATE) :])
        key = cls(name=name, seed=_key_bytes(encoded))
        if key.verifier.id.hex() != id_hex:
            raise BadNote("the id of the key does not fit its name and bytes")
        return key


@dataclass(frozen=True)
class Signature:
    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{MARK}{self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> Self:
        name, space, encoded = line.removeprefix(MARK).partition(" ")
        decoded = _base64(encoded)
        if not line.startswith(MARK) or not name or not space or "+" in name or len(decoded) < 5:
            raise BadNote("a line is not a signature")
        return cls(name=name, key_id=decoded[:4], value=decoded[4:])


@dataclass(frozen=True)
class SignedNote:
    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    @classmethod
    def parse(cls, note: str) -> Self:
        """Read, not verified. Raises BadNote unless it is a text, an empty line and lines of signatures."""
        text, empty, lines = note.rpartition("\n\n")
        if not empty or not lines.endswith("\n"):
            raise BadNote("a note is a text, an empty line and signatures")
        _check_text(text + "\n")
        signed = lines[:-1].split("\n")
        if len(signed) > MOST_SIGNATURES:
            raise BadNote("too many signatures")
        return cls(text=text + "\n", signatures=tuple(map(Signature.parse, signed)))


def sign_note(text: str, *keys: SigningKey) -> SignedNote:
    """Raises BadNote where the text cannot be a note's."""
    _check_text(text)
    return SignedNote(text=text, signatures=tuple(key.sign(text) for key in keys))


def verify_note(note: SignedNote, keys: Sequence[VerifierKey]) -> list[VerifierKey]:
    """The keys that signed it, of those that are known. Raises BadNote where none did, or one's signature is wrong."""
    known = {(key.name, key.id): key for key in keys}
    signers: list[VerifierKey] = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if not key.verifies(signature.value, note.text):
            raise BadNote(f"the signature of {key.name}+{key.id.hex()} is wrong")
        if key not in signers:
            signers.append(key)
    if not signers:
        raise BadNote("no signature of a known key")
    return signers


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise BadNote("a text ends in a newline and has no other control characters")


def _three(line: str) -> tuple[str, str, str]:
    parts = line.split("+", 2)
    if len(parts) != 3:
        raise BadNote("a key is written name+id+key")
    return parts[0], parts[1], parts[2]


def _key_bytes(encoded: str) -> bytes:
    decoded = _base64(encoded)
    if decoded[:1] != ED25519 or len(decoded) != 33:
        raise BadNote("not an Ed25519 key")
    return decoded[1:]


def _base64(encoded: str) -> bytes:
    """Only the one spelling that RFC 4648 section 4 gives."""
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("not base64") from None
    if base64.b64encode(decoded).decode() != encoded:
        raise BadNote("not base64 as it is written")
    return decoded
