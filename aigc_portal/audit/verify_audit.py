#!/usr/bin/env python3
"""Check an exported audit log offline, without trusting whoever exported it.

    python verify_audit.py BUNDLE [--key VERIFIER_KEY]... [--copy PATH] [--json]

This is one file. It needs Python 3.9 or newer and the package `cryptography`, no network, and nothing of the portal.
Exit status: 0 everything holds, 1 something differs (the first entry that does is named), 2 the bundle cannot be read.

WHAT IT PROVES
  Every entry of the log is a leaf of one Merkle tree (RFC 9162). A checkpoint is a signed statement "the log has N
  entries and this root hash". If everything holds, then
  - whoever has the private key signed exactly these entries, in this order: none was altered, removed, added or moved
    since the checkpoint over it was signed, and each checkpoint only adds to the one before;
  - every payload (names, texts, addresses) is the one that was sealed, or it was erased under a record in the log;
  - with --key: the key is the one that you were given, not merely the one that lies in the bundle;
  - with --copy: the log is also the one of which you kept the checkpoints, and has not been cut back since.

WHAT IT DOES NOT PROVE
  - That an entry was true when it was written, or that everything that happened was written down.
  - Who signed, unless you pass a key with --key that you got elsewhere. Without it the keys in the bundle are used, and
    whoever can replace the bundle can replace those.
  - That nothing was cut off at the end, or rewritten by whoever has the private key, unless you pass with --copy what
    was kept where that person could not change it.
  - In a bundle of selected entries: that nothing was left out of the selection.

THE BUNDLE is a zip file or a folder with
  manifest.json       {"format", "version", "origin", "made_at", "kind": "full" or "selection", "tree_size"}
  events.jsonl        one entry a line, in the order of the tree: {"index", "leaf", "payload", "salt", "erased"}, and
                      "proof" in a selection. "leaf" in canonical JSON (RFC 8785) is what was hashed. It contains,
                      as "payload", the HMAC-SHA256 of the payload (canonical JSON, too) under the salt. An erased
                      entry has lost payload and salt; its leaf stays.
  leaf_hashes.bin     in a full bundle: the hashes of the leaves as they were sealed, 32 bytes an entry. They are
                      held to the signed roots first. Then every single entry can be judged alone.
  checkpoints.txt     signed notes (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), a line "=====" after each
  consistency.json    [{"first", "second", "proof"}]: the checkpoint of size `second` grew out of that of size `first`
  verifier_keys.txt   the public keys, one a line

--copy is a file such as checkpoints.txt, or a folder with checkpoints.txt and, if it was kept too, leaf_hashes.bin.
With the latter the exact entry is named even where somebody rewrote the log with the key. Entries count from 0.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import bisect
import contextlib
import hashlib
import hmac
import io
import json
import os
import re
import stat
import struct
import sys
import tempfile
import time
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "aigc-portal-audit-bundle"
MANIFEST, EVENTS, HASHES = "manifest.json", "events.jsonl", "leaf_hashes.bin"
CHECKPOINTS, CONSISTENCY, KEYS = "checkpoints.txt", "consistency.json", "verifier_keys.txt"
SEPARATOR = b"====="
ERASURES = ("audit.erased", "audit.expired")
"""Actions that record erasures: {"data": {"events": [[first event id, last event id], ...]}} in their payload."""

CHUNK = 1 << 18
LONGEST_LINE = 8 << 20
LONGEST_NOTE = 1 << 16
LARGEST_SMALL_FILE = 1 << 20
LARGEST_CONSISTENCY = 256 << 20
MOST_EXPANSION = 200  # hashes hardly compress: no honest bundle comes near
MOST_ODD = 1000
MOST_SEARCHES = 200
MOST_KEPT = 1000
SHOWN = 10

sha256 = hashlib.sha256


class Unreadable(Exception):
    """The bundle, or what was given with it, cannot be read at all."""


class BadEntry(Exception):
    """One line or note is not what it should be."""


# ---------------------------------------------------------------------------------------------------------------------
# What is found


@dataclass
class Finding:
    """Something that differs: altered, missing, reordered, inserted, unvouched, erased, checkpoint or manifest.

    `index` is the entry. With `last` it is all entries up to that one, or (altered) some among them.
    """

    kind: str
    sentence: str
    index: int | None = None
    last: int | None = None
    event_id: Any = None
    expected: str | None = None
    found: str | None = None

    @property
    def order(self) -> tuple[bool, bool, int, bool]:
        """Entries in their order; what is only known to be among some comes after what is known exactly.

        A payload may be gone without a record because the record was altered: that comes first then.
        """
        vague = self.last is not None and self.kind != "missing"
        return self.index is None, self.kind == "erased", (self.last if vague else self.index) or 0, vague


@dataclass
class Report:
    """`checked` is what holds, `remarks` what the reader should know, `findings` what differs."""

    checked: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    def differs(self, kind: str, sentence: str, **where: Any) -> None:
        if len(self.findings) < MOST_KEPT:
            self.findings.append(Finding(kind, sentence, **where))
        else:
            self.more += 1

    def first(self) -> Finding | None:
        return min(self.findings, key=lambda finding: finding.order, default=None)


# ---------------------------------------------------------------------------------------------------------------------
# The Merkle tree of RFC 9162, section 2.1


def hash_children(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that only grows. It keeps one hash a level: the complete subtree that still waits for its right half."""

    def __init__(self, size: int = 0, edge: dict[int, bytes] | None = None) -> None:
        self.size = size
        self.edge = dict(edge or {})

    def copy(self) -> Tree:
        return Tree(self.size, self.edge)

    def extend(self, hashes: bytes) -> None:
        """Append leaves, given as their hashes one after the other."""
        self.size += len(hashes) // 32
        level = 0
        while hashes:
            hashes = self.edge.pop(level, b"") + hashes
            if len(hashes) % 64:
                self.edge[level] = hashes[-32:]
            pairs = range(0, len(hashes) - 63, 64)
            hashes = b"".join([sha256(b"\x01" + hashes[pair : pair + 64]).digest() for pair in pairs])
            level += 1

    def root(self) -> bytes:
        value = b""
        for level in sorted(self.edge):
            value = hash_children(self.edge[level], value) if value else self.edge[level]
        return value or sha256(b"").digest()


def root_from_inclusion(leaf_hash: bytes, index: int, size: int, proof: list[bytes]) -> bytes | None:
    """RFC 9162 section 2.1.3.2: the root to which the proof leads, None for a proof of the wrong length."""
    place, last, value = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return None
        if place % 2 or place == last:
            value = hash_children(sibling, value)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            value = hash_children(value, sibling)
        place, last = place >> 1, last >> 1
    return value if last == 0 else None


def is_consistent(first: int, second: int, proof: list[bytes], first_root: bytes, second_root: bytes) -> bool:
    """RFC 9162 section 2.1.4.2."""
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == Tree().root()
    path = proof if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    place, last = first - 1, second - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            old, new = hash_children(sibling, old), hash_children(sibling, new)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            new = hash_children(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


# ---------------------------------------------------------------------------------------------------------------------
# JSON, strictly


def read_json(text: bytes) -> Any:
    """Raises BadEntry for anything but one JSON value in UTF-8 whose members have different names."""
    try:
        return json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_members,
            parse_constant=_no_constant,
            parse_int=_whole_number,
        )
    except UnicodeDecodeError:
        raise BadEntry("it is not UTF-8") from None
    except RecursionError:
        raise BadEntry("it is nested too deeply") from None
    except ValueError as error:
        raise BadEntry(f"it is not JSON: {error}") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadEntry("a member stands there twice")
    return members


def _no_constant(name: str) -> None:
    raise BadEntry(f"{name} is not JSON")


def _whole_number(digits: str) -> int:
    if len(digits) > 25:
        raise BadEntry("a number is too long")
    return int(digits)


def canonical(value: Any) -> str:
    """RFC 8785: the one spelling of a JSON value."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        return _fraction(value)
    return json.dumps(value, ensure_ascii=False)


def _fraction(number: float) -> str:
    """As ECMAScript writes a number (RFC 8785 section 3.2.2.3)."""
    if number == 0:
        return "0"
    if number - number:
        raise BadEntry("a number is too large")
    written, _, exponent = repr(abs(number)).partition("e")
    whole, _, part = written.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = (whole + part).lstrip("0")
    point -= len(whole + part) - len(digits)
    digits = digits.rstrip("0")
    sign = "-" if number < 0 else ""
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    mantissa = digits[0] + ("." + digits[1:] if digits[1:] else "")
    return f"{sign}{mantissa}e{point - 1:+d}"


# ---------------------------------------------------------------------------------------------------------------------
# Files: a folder or a zip, never unpacked, only members of known names, a piece at a time


class Folder:
    def __init__(self, path: str) -> None:
        self.path = path
        self.damage: dict[str, str] = {}

    def size(self, name: str) -> int | None:
        """None where there is no such file. Links, pipes and devices are refused."""
        try:
            found = os.lstat(os.path.join(self.path, name))
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable(f"{name} is not a plain file")
        return found.st_size

    def chunks(self, name: str) -> Iterator[bytes]:
        if self.size(name) is None:
            raise Unreadable(f"there is no {name}")
        with open(os.path.join(self.path, name), "rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk


class Archive:
    """A zip. Its members are inflated here, so that one broken piece does not hide what can still be read before it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.damage: dict[str, str] = {}
        try:
            with zipfile.ZipFile(path) as archive:
                infos = archive.infolist()
        except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, struct.error) as error:
            raise Unreadable(f"it is neither a folder nor a zip file ({error})") from None
        self.members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.filename in self.members:
                raise Unreadable(f"{info.filename!r} stands in the zip file twice")
            self.members[info.filename] = info

    def size(self, name: str) -> int | None:
        info = self.members.get(name)
        if info is None:
            return None
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(f"{name} is encrypted or compressed in a way that is not used here")
        if info.file_size > LARGEST_SMALL_FILE and info.file_size > MOST_EXPANSION * info.compress_size:
            raise Unreadable(f"{name} would expand more than {MOST_EXPANSION} times")
        return info.file_size

    def chunks(self, name: str) -> Iterator[bytes]:
        size = self.size(name)
        if size is None:
            raise Unreadable(f"there is no {name}")
        checksum = read = 0
        try:
            for chunk in self._inflate(self.members[name]):
                chunk = chunk[: size - read]
                read += len(chunk)
                checksum = zlib.crc32(chunk, checksum)
                if chunk:
                    yield chunk
                if read == size:
                    break
        except zlib.error as error:
            self.damage[name] = f"{name} is damaged in the zip file ({error})"
        if name not in self.damage and (read != size or checksum != self.members[name].CRC):
            self.damage[name] = f"{name} is damaged in the zip file (its checksum is wrong)"

    def _inflate(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        with open(self.path, "rb") as file:
            file.seek(info.header_offset)
            head = file.read(30)
            if len(head) < 30 or head[:4] != b"PK\x03\x04":
                raise Unreadable(f"{info.filename} is not where the zip file says")
            file.seek(sum(struct.unpack("<HH", head[26:30])), os.SEEK_CUR)
            left = info.compress_size
            inflater = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
            while left > 0:
                packed = file.read(min(CHUNK // 4, left))
                if not packed:
                    return
                left -= len(packed)
                if inflater is None:
                    yield packed
                    continue
                while packed:
                    yield inflater.decompress(packed, CHUNK)
                    packed = inflater.unconsumed_tail


def open_bundle(path: str) -> Any:
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    if stat.S_ISDIR(mode):
        return Folder(path)
    if not stat.S_ISREG(mode):
        raise Unreadable(f"{path} is neither a folder nor a file")
    return Archive(path)


def read_small(bundle: Any, name: str, largest: int = LARGEST_SMALL_FILE) -> bytes:
    size = bundle.size(name)
    if size is not None and size > largest:
        raise Unreadable(f"{name} has {size} bytes, more than {largest}")
    parts: list[bytes] = []
    for chunk in bundle.chunks(name):
        parts.append(chunk)
        largest -= len(chunk)
        if largest < 0:
            raise Unreadable(f"{name} grew while it was read")
    return b"".join(parts)


def line_batches(bundle: Any, name: str) -> Iterator[list[bytes]]:
    """Lines without their newlines, a few hundred at a time."""
    begun: list[bytes] = []
    length = 0
    for chunk in bundle.chunks(name):
        if b"\n" not in chunk:
            begun.append(chunk)
            length += len(chunk)
            if length > LONGEST_LINE:
                raise Unreadable(f"{name} has a line of more than {LONGEST_LINE} bytes")
            continue
        lines = chunk.split(b"\n")
        if begun:
            lines[0] = b"".join(begun) + lines[0]
        begun = [lines.pop()]
        length = len(begun[0])
        yield lines
    rest = b"".join(begun)
    if rest:
        yield [rest]


class HashList:
    """Hashes of 32 bytes in a file, by number. Out of a zip they go to a temporary file first; `files` closes it."""

    def __init__(self, bundle: Any, files: contextlib.ExitStack) -> None:
        if isinstance(bundle, Folder):
            self.file: BinaryIO = files.enter_context(open(os.path.join(bundle.path, HASHES), "rb"))  # noqa: SIM115
        else:
            self.file = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            for chunk in bundle.chunks(HASHES):
                self.file.write(chunk)
        self.bytes = self.file.seek(0, os.SEEK_END)
        self.count = self.bytes // 32

    def read(self, start: int, count: int) -> bytes:
        self.file.seek(start * 32)
        return self.file.read(count * 32)

    def get(self, index: int) -> bytes:
        return self.read(index, 1)

    def find(self, value: bytes, end: int) -> int | None:
        """The number of this hash among the first `end`."""
        for start in range(0, end, CHUNK // 32):
            block = self.read(start, min(CHUNK // 32, end - start))
            place = block.find(value)
            while place >= 0 and place % 32:
                place = block.find(value, place + 1)
            if place >= 0:
                return start + place // 32
        return None


# ---------------------------------------------------------------------------------------------------------------------
# Keys and checkpoints


class KeyRing:
    """The verifier keys that count, by name and id."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, bytes], Ed25519PublicKey] = {}

    def add(self, line: str) -> str:
        """Raises BadEntry unless the line is a verifier key of Ed25519. Answers its name and id."""
        name, _, rest = line.partition("+")
        id_hex, _, encoded = rest.partition("+")
        raw = read_base64(encoded)
        key_id = sha256(name.encode() + b"\n" + raw).digest()[:4]
        if (
            not name.isprintable()
            or name.split() != [name]
            or len(raw) != 33
            or raw[:1] != b"\x01"
            or key_id.hex() != id_hex
        ):
            raise BadEntry(f"not a verifier key of Ed25519: {shortened(line)}")
        self.keys[name, key_id] = Ed25519PublicKey.from_public_bytes(raw[1:])
        return f"{name}+{id_hex}"

    def names(self) -> str:
        return ", ".join(f"{name}+{key_id.hex()}" for name, key_id in self.keys)

    def signer(self, text: str, signatures: list[str]) -> tuple[str, str]:
        """Who signed the text, of the keys that count; else why nobody did. Raises BadEntry where a line is broken."""
        signer = doubt = ""
        for line in signatures:
            mark, _, rest = line.partition(" ")
            name, _, encoded = rest.partition(" ")
            signature = read_base64(encoded)
            if mark != "—" or not name or len(signature) < 5:
                raise BadEntry("a line of its signatures cannot be read")
            key = self.keys.get((name, signature[:4]))
            if key is None:
                continue
            if len(signature) != 4 + 64:
                raise BadEntry("a signature is not complete")
            try:
                key.verify(signature[4:], text.encode())
                signer = signer or f"{name}+{signature[:4].hex()}"
            except InvalidSignature:
                doubt = doubt or f"the signature of {name}+{signature[:4].hex()} is wrong"
        return signer, doubt or ("" if signer else "no key that counts has signed it")


def read_base64(encoded: str) -> bytes:
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadEntry("it contains something that is not base64") from None
    if base64.b64encode(decoded).decode() != encoded:
        raise BadEntry("it contains base64 in an unusual spelling")
    return decoded


class Checkpoint(NamedTuple):
    """`doubt` says why it does not count; an empty one counts."""

    number: int
    origin: str
    size: int
    root: bytes
    at: str
    signer: str
    doubt: str


TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def read_notes(batches: Iterator[list[bytes]]) -> Iterator[bytes]:
    note: list[bytes] = []
    length = 0
    for lines in batches:
        for line in lines:
            length += len(line) + 1
            if length > LONGEST_NOTE:
                raise Unreadable(f"a checkpoint has more than {LONGEST_NOTE} bytes")
            if line == SEPARATOR:
                yield b"\n".join(note) + b"\n"
                note, length = [], 0
            else:
                note.append(line)
    if any(note):
        yield b"\n".join(note) + b"\n"


def read_checkpoint(number: int, note: bytes, ring: KeyRing) -> tuple[Checkpoint, list[str]]:
    """The checkpoint and the keys that it introduces. Raises BadEntry where it is no checkpoint at all."""
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError:
        raise BadEntry("it is not UTF-8") from None
    text, empty, signatures = whole.rpartition("\n\n")
    lines = text.split("\n")
    if not empty or len(lines) < 3 or not all(lines) or not signatures.endswith("\n"):
        raise BadEntry("it is not a signed note")
    origin, size, root, *extensions = lines
    if not re.fullmatch("0|[1-9][0-9]{0,17}", size) or len(read_base64(root)) != 32:
        raise BadEntry("its size or root cannot be read")
    times = [line[5:] for line in extensions if line.startswith("time ")]
    if not all(map(TIME.fullmatch, times)):
        raise BadEntry("its time cannot be read")
    signer, doubt = ring.signer(text + "\n", signatures[:-1].split("\n"))
    new_keys = [line[9:] for line in extensions if line.startswith("next-key ")]
    checkpoint = Checkpoint(number, origin, int(size), read_base64(root), (times or [""])[0], signer, doubt)
    return checkpoint, [] if doubt else new_keys


@dataclass
class Manifest:
    origin: str
    made_at: str
    full: bool
    size: int


def read_manifest(bundle: Any) -> Manifest:
    if bundle.size(MANIFEST) is None:
        raise Unreadable(f"there is no {MANIFEST}: is this a bundle of the audit log?")
    try:
        manifest = read_json(read_small(bundle, MANIFEST))
    except BadEntry as error:
        raise Unreadable(f"{MANIFEST}: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Unreadable(f"{MANIFEST} does not say that this is a bundle of the audit log")
    if manifest.get("version") != 1:
        raise Unreadable(f"this program reads version 1 of a bundle, not {shortened(manifest.get('version'))}")
    origin, made_at, kind, size = (manifest.get(name) for name in ("origin", "made_at", "kind", "tree_size"))
    if (
        not isinstance(origin, str)
        or not isinstance(made_at, str)
        or not TIME.fullmatch(made_at)
        or kind not in ("full", "selection")
        or type(size) is not int
        or not 0 <= size < 10**18
    ):
        raise Unreadable(f"{MANIFEST} does not give origin, made_at, kind and tree_size as it should")
    return Manifest(origin, made_at, kind == "full", size)


def shortened(value: Any) -> str:
    text = str(value)
    text = text if len(text) <= 100 else text[:97] + "..."
    return text if text.isascii() and text.isprintable() else ascii(text)


# ---------------------------------------------------------------------------------------------------------------------
# Entries


class Entry(NamedTuple):
    """One line of events.jsonl. `claimed` is the index that it gives itself, `fault` what is wrong with its payload."""

    claimed: int
    event_id: Any
    action: str
    hash: bytes
    erased: bool
    fault: str
    payload: Any
    proof: Any


MEMBERS = {"index", "leaf", "payload", "salt", "erased"}
ERASED = b'null,"salt":null,"erased":true}'
RECORD = b'{"action":"audit.'
EVENT_ID = re.compile(rb',"id":(\d{1,18}),')
INNER, OUTER = bytes(byte ^ 0x36 for byte in range(256)), bytes(byte ^ 0x5C for byte in range(256))
INNER_PAD, OUTER_PAD = b"\x36" * 32, b"\x5c" * 32


class Regular(NamedTuple):
    """Leaf hashes of regular lines, and which of these lines are erased, or may record an erasure."""

    hashes: list[bytes]
    erased: list[int]
    records: list[int]


def read_regular(lines: list[bytes], start: int, index: int) -> Regular:
    """The hot loop: lines from `start` on that are written as the portal writes them and whose payload is as sealed.

    Stops before the first that is not; `read_entry` reads that one without hurry. Such a line is
    {"index":7,"leaf":{... ,"payload":"<HMAC>", ...},"payload":{...},"salt":"<64 digits>","erased":false}
    with leaf and payload in canonical JSON. It is not parsed. The bytes of the leaf are hashed as they stand, and the
    HMAC is taken of the bytes of the payload (written out: hashlib is faster here than hmac), so bytes that could be
    read in two ways do not pass: they are not the ones that were sealed.
    """
    result = Regular([], [], [])
    add = result.hashes.append
    for number in range(start, len(lines)):
        prefix = b'{"index":%d,"leaf":' % index
        parts = lines[number].split(b',"payload":', 2)
        if len(parts) != 3:
            break
        head, middle, rest = parts
        cut = len(prefix)
        if head[:cut] != prefix:
            break
        payload, _, tail = rest.rpartition(b',"salt":"')
        if tail[64:] == b'","erased":false}':
            try:
                salt = binascii.unhexlify(tail[:64])
            except ValueError:
                break
            inner = sha256(salt.translate(INNER) + INNER_PAD + payload).digest()
            outer = sha256(salt.translate(OUTER) + OUTER_PAD + inner).digest()
            if binascii.hexlify(outer) != middle[1:65]:
                break
        elif rest == ERASED:
            result.erased.append(number)
        else:
            break
        leaf = head[cut:]
        if leaf[:17] == RECORD:
            result.records.append(number)
        add(sha256(b'\x00%b,"payload":%b' % (leaf, middle)).digest())
        index += 1
    return result


def read_entry(line: bytes) -> Entry:
    """Any line. Raises BadEntry where it is not an entry; a wrong payload is the entry's `fault`."""
    members = read_json(line)
    if not isinstance(members, dict) or not MEMBERS <= members.keys() <= MEMBERS | {"proof"}:
        raise BadEntry("it does not have the members of an entry")
    index, leaf, erased = members["index"], members["leaf"], members["erased"]
    if type(index) is not int or not isinstance(leaf, dict) or type(erased) is not bool:
        raise BadEntry("its index, leaf or erased is of the wrong kind")
    try:
        raw = canonical(leaf).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        raise BadEntry("its leaf cannot be written as canonical JSON") from None
    return Entry(
        claimed=index,
        event_id=leaf.get("id"),
        action=str(leaf.get("action")),
        hash=sha256(b"\x00" + raw).digest(),
        erased=erased,
        fault=payload_fault(members["payload"], members["salt"], erased, leaf.get("payload")),
        payload=members["payload"],
        proof=members.get("proof"),
    )


def payload_fault(payload: Any, salt: Any, erased: bool, sealed: Any) -> str:
    if erased:
        return "" if payload is None and salt is None else "it is marked as erased but still has a payload or salt"
    if payload is None or salt is None:
        return "its payload or salt was removed, and it is not marked as erased"
    if not isinstance(salt, str) or not re.fullmatch("[0-9a-f]{64}", salt):
        return "its salt is not 64 hexadecimal digits"
    try:
        text = canonical(payload).encode("utf-8")
    except (BadEntry, UnicodeEncodeError, RecursionError):
        return "its payload cannot be written as canonical JSON"
    computed = hmac.digest(bytes.fromhex(salt), text, "sha256").hex()
    if computed != sealed:
        return f"its payload or salt was changed: the HMAC is {computed}, sealed was {shortened(sealed)}"
    return ""


def event_of(event_id: Any) -> str:
    return "" if event_id is None else f" (event {shortened(event_id)})"


# ---------------------------------------------------------------------------------------------------------------------
# Erasures


class Erasures:
    """Which payloads are gone, and whether the log has a record of the erasure of each."""

    def __init__(self) -> None:
        self.indexes = array("q")
        self.ids = array("q")
        self.recorded: list[tuple[int, int]] = []

    def gone(self, index: int, event_id: Any) -> None:
        self.indexes.append(index)
        self.ids.append(event_id if type(event_id) is int and 0 <= event_id < 2**62 else -1)

    def record(self, entry: Entry) -> None:
        """If this is a record of an erasure. It speaks of events before it, whatever numbers it gives."""
        if entry.action not in ERASURES:
            return
        data = entry.payload.get("data") if isinstance(entry.payload, dict) else None
        spans = data.get("events") if isinstance(data, dict) else None
        for span in spans if isinstance(spans, list) else []:
            if isinstance(span, list) and len(span) == 2 and all(type(end) is int for end in [*span, entry.event_id]):
                self.recorded.append((span[0], min(span[1], entry.event_id - 1)))

    def unrecorded(self) -> Iterator[tuple[int, int]]:
        merged: list[tuple[int, int]] = []
        for first, last in sorted(self.recorded):
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = merged[-1][0], max(last, merged[-1][1])
            elif first <= last:
                merged.append((first, last))
        for place, event_id in enumerate(self.ids):
            span = bisect.bisect_right(merged, (event_id, 2**63)) - 1
            if span < 0 or event_id > merged[span][1]:
                yield self.indexes[place], event_id


# ---------------------------------------------------------------------------------------------------------------------
# The walk along the entries of a full bundle


class Odd(NamedTuple):
    """A line that is not the entry that was expected. `place` is the sealed entry that it is, if it is one."""

    expected: int
    claimed: int | None
    event_id: Any
    hash: bytes | None
    place: int | None
    reason: str


class Walk:
    """Compare the entries with what was sealed.

    For the first `vouched` entries `sealed` holds hashes that a signed root vouches for, and each is judged alone.
    The others (all, where there is no list of hashes) are put into `tree`, which must give the signed roots in `roots`.
    """

    def __init__(self, sealed: Any, tree: Tree, roots: dict[int, bytes], size: int, report: Report) -> None:
        self.sealed, self.vouched, self.size, self.report = sealed, tree.size, size, report
        self.tree: Tree | None = tree
        self.good = tree.size
        self.roots = roots
        self.stops = sorted(mark for mark in roots if mark > tree.size)
        self.next = [0]  # which sealed entry the next line may be; several while it is not clear what happened
        self.doubtful: list[Odd] = []
        self.odd: list[Odd] = []
        self.spans: list[list[int]] = []  # [start, end) of the entries that were seen, in order
        self.ids: dict[int, Any] = {}
        self.last_line = b""
        self.searches = MOST_SEARCHES
        self.renumbered: tuple[int, int] | None = None
        self.erasures = Erasures()
        self.read = 0

    @property
    def given_up(self) -> bool:
        return len(self.odd) + len(self.doubtful) > MOST_ODD or self.report.more > MOST_ODD

    def take(self, batches: Iterator[list[bytes]]) -> None:
        for lines in batches:
            number = 0
            while number < len(lines) and not self.given_up:
                if len(self.next) == 1 and (known := self._take_regular(lines, number)):
                    number += known
                else:
                    self._take_one(lines[number])
                    number += 1
            self.read += number
            if self.given_up:
                break
        self._settle(self.vouched)

    # -- lines that are as expected, many at a time

    def _take_regular(self, lines: list[bytes], start: int) -> int:
        expected = self.next[0]
        regular = read_regular(lines, start, expected)
        known = self._as_sealed(regular.hashes, expected)
        if not known:
            return 0
        for number in regular.erased:
            if number < start + known:
                found = EVENT_ID.search(lines[number])
                self.erasures.gone(expected + number - start, int(found[1]) if found else None)
        for number in regular.records:
            if number < start + known:
                self.erasures.record(read_entry(lines[number]))
        self._saw(expected, expected + known)
        self.next = [expected + known]
        self.last_line = lines[start + known - 1]
        return known

    def _as_sealed(self, hashes: list[bytes], start: int) -> int:
        """How many of these are the sealed entries from `start` on."""
        if start >= self.vouched:
            hashes = hashes[: max(0, self.size - start)]
            self._grow(hashes)
            return len(hashes)
        hashes = hashes[: self.vouched - start]
        sealed = self.sealed.read(start, len(hashes))
        if b"".join(hashes) == sealed:
            return len(hashes)
        return next(n for n, value in enumerate(hashes) if value != sealed[n * 32 : n * 32 + 32])

    def _saw(self, start: int, end: int) -> None:
        if self.spans and self.spans[-1][1] == start:
            self.spans[-1][1] = end
        else:
            self.spans.append([start, end])

    # -- beyond what a list vouches for: only the roots can be compared

    def _grow(self, hashes: list[bytes]) -> None:
        while hashes and self.tree is not None:
            if not self.stops:
                return
            room = self.stops[0] - self.tree.size
            self.tree.extend(b"".join(hashes[:room]))
            hashes = hashes[room:]
            if self.tree.size == self.stops[0]:
                self._compare_root(self.tree)

    def _compare_root(self, tree: Tree) -> None:
        size = self.stops.pop(0)
        if tree.root() == self.roots[size]:
            self.good = size
            return
        self.tree = None
        self.report.differs(
            "altered",
            f"Among the entries {self.good} to {size - 1} at least one was altered: the signed roots hold up to"
            f" {self.good} entries, and no longer at {size}.",
            index=self.good,
            last=size - 1,
            expected=self.roots[size].hex(),
            found=tree.root().hex(),
        )

    # -- one line, whatever it is

    def _take_one(self, line: bytes) -> None:
        try:
            entry: Entry | None = read_entry(line)
            reason = ""
        except BadEntry as error:
            entry, reason = None, str(error)
        if self.last_line:
            self._remember(self.next[0] - 1, self.last_line)
            self.last_line = b""
        beyond = self.vouched < self.size and (
            self.next[0] >= self.vouched or (entry is not None and entry.claimed >= self.vouched)
        )
        if beyond:
            self._take_beyond(entry, reason)
        else:
            self._take_vouched(entry, reason)

    def _remember(self, index: int, line: bytes) -> None:
        with contextlib.suppress(BadEntry):
            self.ids[index] = read_entry(line).event_id

    def _take_vouched(self, entry: Entry | None, reason: str) -> None:
        for place in self.next:
            if entry is not None and place < self.vouched and self.sealed.get(place) == entry.hash:
                self._settle(place)
                self._saw(place, place + 1)
                self._is(entry, place)
                self.next = [place + 1]
                return
        place_of = self._place_of(entry) if entry is not None else None
        if entry is not None and place_of is not None:
            self._is(entry, place_of)
        self.doubtful.append(
            Odd(
                expected=self.next[0] + len(self.doubtful),
                claimed=entry.claimed if entry else None,
                event_id=entry.event_id if entry else None,
                hash=entry.hash if entry else None,
                place=place_of,
                reason=reason,
            )
        )
        after = [place + 1 for place in self.next] + ([place_of + 1] if place_of is not None else [])
        self.next = list(dict.fromkeys(self.next + after))[:64]
        if place_of is not None and place_of + 1 not in self.next:
            self.next[-1] = place_of + 1

    def _place_of(self, entry: Entry) -> int | None:
        """Where in the sealed log this entry stands, if it is there at all."""
        if 0 <= entry.claimed < self.vouched and self.sealed.get(entry.claimed) == entry.hash:
            return entry.claimed
        if not self.vouched or self.searches <= 0:
            return None
        self.searches -= 1
        found: int | None = self.sealed.find(entry.hash, self.vouched)
        return found

    def _is(self, entry: Entry, place: int) -> None:
        """The line is the sealed entry `place`: is its payload, too, and its number?"""
        if len(self.ids) < 10 * MOST_ODD:
            self.ids[place] = entry.event_id
        if entry.claimed != place and self.renumbered is None:
            self.renumbered = place, entry.claimed
        entry = entry._replace(claimed=place)
        if entry.fault:
            self._payload_differs(entry)
        if entry.erased:
            self.erasures.gone(place, entry.event_id)
        self.erasures.record(entry)

    def _payload_differs(self, entry: Entry) -> None:
        self.report.differs(
            "altered",
            f"Entry {entry.claimed}{event_of(entry.event_id)} was altered: {entry.fault}.",
            index=entry.claimed,
            event_id=entry.event_id,
        )

    def _settle(self, place: int) -> None:
        """The log goes on at `place`. Doubtful lines that lead there are in order; something is missing before them."""
        reached = self.next[0]
        for odd in self.doubtful:
            if odd.place is not None and reached <= odd.place < place:
                self._saw(odd.place, odd.place + 1)
                reached = odd.place + 1
            else:
                self.odd.append(odd)
        self.doubtful = []

    def _take_beyond(self, entry: Entry | None, reason: str) -> None:
        if self.next[0] < self.vouched:
            self._settle(self.vouched)
            self.next = [self.vouched]
        expected = self.next[0]
        if entry is None:
            self.tree = None
            self.report.differs("altered", f"Entry {expected} cannot be read: {reason}.", index=expected, found=reason)
            self.next = [expected + 1]
        elif entry.claimed == expected < self.size:
            self._grow([entry.hash])
            self._saw(expected, expected + 1)
            self._is(entry, expected)
            self.next = [expected + 1]
        elif expected < entry.claimed < self.size:
            self.tree = None
            self._saw(entry.claimed, entry.claimed + 1)
            self._is(entry, entry.claimed)
            self.next = [entry.claimed + 1]
        else:
            self.tree = None
            self.odd.append(Odd(expected, entry.claimed, entry.event_id, entry.hash, None, ""))

    # -- what it comes to

    def conclude(self, complete: bool) -> None:
        """Name what is altered, missing, moved and added. `complete`: the file was read to its end."""
        spans = sorted(self.spans)
        reached = max([0, *(end for _, end in spans), *(odd.expected + 1 for odd in self.odd)])
        end = self.size if complete and not self.given_up else min(reached, self.size)
        missing = gaps(spans, end)
        for odd in self.odd:
            self._name(odd, missing)
        for start, stop in missing:
            self._name_missing(start, stop)
        if self.renumbered and not self.report.findings:
            place, claimed = self.renumbered
            self.report.differs(
                "altered",
                f"Entry {place}{event_of(self.ids.get(place))} was altered: its line calls it {claimed}.",
                index=place,
                event_id=self.ids.get(place),
                expected=str(place),
                found=str(claimed),
            )
        if self.given_up:
            self.report.remarks.append("So much differs that the rest of the entries was not looked at.")

    def _name(self, odd: Odd, missing: list[list[int]]) -> None:
        where = {"event_id": odd.event_id, "found": odd.hash.hex() if odd.hash else odd.reason}
        if odd.place is not None:
            moved = remove(missing, odd.place)
            self.report.differs(
                "reordered" if moved else "inserted",
                f"Where entry {odd.expected} should stand there is entry {odd.place}{event_of(odd.event_id)}: "
                + ("the order was changed." if moved else "it was put in a second time."),
                index=min(odd.expected, odd.place) if moved else odd.expected,
                expected=self._sealed_hex(odd.expected),
                **where,
            )
            return
        place = next((p for p in (odd.claimed, odd.expected) if p is not None and remove(missing, p)), None)
        expected = self._sealed_hex(odd.expected if place is None else place)
        if place is None:
            what = f"Before entry {odd.expected} an entry was inserted that was never sealed{event_of(odd.event_id)}"
            kind, place = "inserted", odd.expected
        else:
            what = f"Entry {place}{event_of(odd.event_id)} was altered"
            kind = "altered"
        if odd.hash is None:
            what += f": its line cannot be read ({odd.reason})"
        elif kind == "altered":
            what += f": the hash of its leaf is {odd.hash.hex()}, sealed was {expected}"
        self.report.differs(kind, what + ".", index=place, expected=expected, **where)

    def _name_missing(self, start: int, stop: int) -> None:
        many = stop - start > 1
        before, after = self.ids.get(start - 1), self.ids.get(stop)
        if before is None and self.last_line and start == self.next[0]:
            self._remember(start - 1, self.last_line)
            before = self.ids.get(start - 1)
        around = [f"after event {shortened(before)}"] if before is not None else []
        around += [f"before event {shortened(after)}"] if after is not None else []
        expected = self._sealed_hex(start)
        self.report.differs(
            "missing",
            (f"Entries {start} to {stop - 1} are missing" if many else f"Entry {start} is missing")
            + (f" ({' and '.join(around)})" if around else "")
            + (f": sealed was a leaf with the hash {expected}." if expected else "."),
            index=start,
            last=stop - 1 if many else None,
            expected=expected,
        )

    def _sealed_hex(self, index: int) -> str | None:
        return self.sealed.get(index).hex() if index < self.vouched else None


def gaps(spans: list[list[int]], end: int) -> list[list[int]]:
    """[start, end) of what the spans, in order, leave out up to `end`."""
    missing: list[list[int]] = []
    reached = 0
    for start, stop in [*spans, [end, end]]:
        if start > reached and reached < end:
            missing.append([reached, min(start, end)])
        reached = max(reached, stop)
    return missing


def remove(spans: list[list[int]], place: int) -> bool:
    """Take `place` out of the spans; whether it was in one."""
    for number, (start, stop) in enumerate(spans):
        if start <= place < stop:
            spans[number : number + 1] = [span for span in ([start, place], [place + 1, stop]) if span[0] < span[1]]
            return True
    return False


# ---------------------------------------------------------------------------------------------------------------------
# The whole check


class Verification:
    def __init__(self, bundle: Any, report: Report, files: contextlib.ExitStack) -> None:
        self.bundle, self.report, self.files = bundle, report, files
        self.manifest = read_manifest(bundle)
        self.ring = KeyRing()
        self.checkpoints: list[Checkpoint] = []
        self.kept: list[Checkpoint] = []
        self.roots: dict[int, bytes] = {}
        self.kept_hashes: HashList | None = None

    def run(self, key_lines: list[str], copy_path: str | None) -> None:
        """Everything, into the report. Raises Unreadable."""
        self._take_keys(key_lines)
        self._read_checkpoints()
        if copy_path is not None:
            self._read_copy(copy_path)
        self._gather_roots()
        self._check_consistency()
        size = self._check_size()
        if self.manifest.full:
            self._check_full(size)
        else:
            self._check_selection(size)
        damage = "; ".join(self.bundle.damage.values())
        if damage and not self.report.findings:
            raise Unreadable(damage)
        if damage:
            self.report.remarks.append(f"Also {damage}.")

    # -- keys

    def _take_keys(self, key_lines: list[str]) -> None:
        try:
            for line in key_lines:
                self.ring.add(line.strip())
        except BadEntry as error:
            raise Unreadable(f"--key: {error}") from None
        if key_lines:
            self.report.checked.append(f"Only your keys count: {self.ring.names()}.")
            return
        if self.bundle.size(KEYS) is None:
            raise Unreadable(f"there is no {KEYS}, and no key was given with --key")
        try:
            for line in read_small(self.bundle, KEYS).decode("utf-8").splitlines():
                if line.strip():
                    self.ring.add(line.strip())
        except (BadEntry, UnicodeDecodeError) as error:
            raise Unreadable(f"{KEYS}: {error}") from None
        if not self.ring.keys:
            raise Unreadable(f"{KEYS} is empty, and no key was given with --key")
        self.report.remarks.append(
            f"The keys came from the bundle itself ({self.ring.names()})."
            " Compare them with keys that you got elsewhere, or pass those with --key."
        )

    # -- checkpoints

    def _read_checkpoints(self) -> None:
        number = smallest = 0
        origin = self.manifest.origin
        for note in read_notes(line_batches(self.bundle, CHECKPOINTS)):
            number += 1
            try:
                checkpoint, new_keys = read_checkpoint(number, note, self.ring)
                if checkpoint.origin == origin:
                    self._introduce(new_keys, checkpoint)
            except BadEntry as error:
                self.report.differs("checkpoint", f"Checkpoint {number} cannot be read: {error}.")
                continue
            if checkpoint.origin != origin:
                checkpoint = checkpoint._replace(doubt=f"it is of the log {shortened(checkpoint.origin)}")
            elif checkpoint.size < smallest:
                checkpoint = checkpoint._replace(doubt="it is smaller than one before it")
            if checkpoint.doubt:
                self.report.differs(
                    "checkpoint", f"Checkpoint {number} (size {checkpoint.size}) does not count: {checkpoint.doubt}."
                )
            else:
                smallest = checkpoint.size
            self.checkpoints.append(checkpoint)
        counting = [checkpoint for checkpoint in self.checkpoints if not checkpoint.doubt]
        if counting:
            newest = counting[-1]
            self.report.checked.append(
                f"{len(counting)} of {number} checkpoints of {shortened(origin)} are signed with a key that counts."
                f" The newest covers {newest.size} entries" + (f" and was signed at {newest.at}." if newest.at else ".")
            )
        elif not number:
            self.report.differs("checkpoint", "The bundle has no checkpoint: nothing in it is signed.")

    def _introduce(self, new_keys: list[str], checkpoint: Checkpoint) -> None:
        for line in new_keys:
            known = len(self.ring.keys)
            name = self.ring.add(line)
            if len(self.ring.keys) > known:
                self.report.remarks.append(
                    f"The key {name} counts because checkpoint {checkpoint.number}, signed with {checkpoint.signer},"
                    " introduces it."
                )

    def _read_copy(self, path: str) -> None:
        if os.path.isdir(path):
            folder, name = Folder(path), CHECKPOINTS
            if folder.size(HASHES) is not None:
                self.kept_hashes = HashList(folder, self.files)
        else:
            folder, name = Folder(os.path.dirname(path) or "."), os.path.basename(path)
        number = passed = 0
        for note in read_notes(line_batches(folder, name)):
            number += 1
            try:
                checkpoint, new_keys = read_checkpoint(number, note, self.ring)
                if checkpoint.origin != self.manifest.origin:
                    raise Unreadable(f"the copy is of another log, {shortened(checkpoint.origin)}")
                self._introduce(new_keys, checkpoint)
            except BadEntry:
                passed += 1
                continue
            self.kept.append(checkpoint)
            if checkpoint.doubt:
                self.report.differs(
                    "checkpoint",
                    f"Checkpoint {number} of your copy (size {checkpoint.size}) does not fit the keys:"
                    f" {checkpoint.doubt}.",
                )
        if passed:
            self.report.remarks.append(f"{passed} of {number} notes in your copy are incomplete and were passed over.")
        if not self.kept:
            raise Unreadable("there is no checkpoint in the copy")

    def _gather_roots(self) -> None:
        """The roots to which everything is held. What was kept outside goes before what is in the bundle."""
        for checkpoint in self.kept:
            if self.roots.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
                raise Unreadable(f"the copy has two different roots for {checkpoint.size} entries")
        kept = set(self.roots)
        clash: Checkpoint | None = None
        agreed = 0
        for checkpoint in self.checkpoints:
            if checkpoint.doubt:
                continue
            if self.roots.setdefault(checkpoint.size, checkpoint.root) == checkpoint.root:
                agreed = checkpoint.size if not clash else agreed
                continue
            clash = clash or checkpoint
        if clash is not None:
            by = "your copy and the bundle have" if clash.size in kept else "the bundle has"
            self.report.differs(
                "altered",
                f"Two histories: for {clash.size} entries {by} different roots, both signed. Whoever has the key signed"
                f" another log: at least one of the entries {agreed} to {clash.size - 1} was altered.",
                index=agreed,
                last=clash.size - 1,
                expected=self.roots[clash.size].hex(),
                found=clash.root.hex(),
            )
            self.roots = {size: root for size, root in self.roots.items() if size <= agreed or size in kept}
        elif kept:
            self._count_kept(kept)

    def _count_kept(self, kept: set[int]) -> None:
        """A full bundle is compared with every root that was kept; in a selection only equal sizes can be."""
        counting = {checkpoint.size for checkpoint in self.checkpoints if not checkpoint.doubt}
        self.report.checked.append(
            f"{len(kept & counting)} of {len(kept)} checkpoints of your copy are in the bundle, with the same roots."
        )
        unknown = sorted(size for size in kept - counting if size <= self.manifest.size)
        if unknown and not self.manifest.full:
            self.report.differs(
                "checkpoint",
                f"{len(unknown)} checkpoints of your copy are not in the bundle (the first is over {unknown[0]}"
                " entries): nothing shows that this log grew out of them.",
            )

    def _check_consistency(self) -> None:
        counting = {checkpoint.size: checkpoint.root for checkpoint in self.checkpoints if not checkpoint.doubt}
        proofs: dict[tuple[int, int], list[bytes]] = {}
        if self.bundle.size(CONSISTENCY) is not None:
            try:
                for proof in read_json(read_small(self.bundle, CONSISTENCY, LARGEST_CONSISTENCY)):
                    proofs[int(proof["first"]), int(proof["second"])] = read_hashes(proof["proof"])
            except (BadEntry, KeyError, TypeError, ValueError) as error:
                self.report.differs("checkpoint", f"{CONSISTENCY} cannot be read: {shortened(error)}.")
                return
        sizes = sorted(counting)
        held = 0
        for first, second in ((sizes[number - 1], sizes[number]) for number in range(1, len(sizes))):
            proof = proofs.get((first, second))
            if proof is None and self.manifest.full:
                continue  # the tree is built again, which proves the same
            if proof is None or not is_consistent(first, second, proof, counting[first], counting[second]):
                self.report.differs(
                    "checkpoint",
                    f"It is not proved that the checkpoint of size {second} grew out of that of size {first}"
                    + (": there is no proof." if proof is None else ": the proof is wrong."),
                )
            else:
                held += 1
        if held:
            self.report.checked.append(
                f"{held} consistency proofs hold: each of these checkpoints only adds to the one before."
            )

    def _check_size(self) -> int:
        """How many entries there must be. Says where that differs from what is signed or was kept."""
        size = self.manifest.size
        signed = max((checkpoint.size for checkpoint in self.checkpoints if not checkpoint.doubt), default=0)
        vouched = max((mark for mark in self.roots if mark <= max(size, signed)), default=0)
        if signed > size:
            self.report.differs(
                "manifest", f"{MANIFEST} speaks of {size} entries, but a checkpoint over {signed} is signed."
            )
            size = signed
        if vouched < size:
            self.report.differs(
                "unvouched",
                f"No checkpoint that counts covers the entries {vouched} to {size - 1}: nobody vouches for them.",
                index=vouched,
                last=size - 1,
            )
        ahead = [checkpoint for checkpoint in self.kept if checkpoint.size > size]
        early = [checkpoint for checkpoint in ahead if not checkpoint.at or checkpoint.at < self.manifest.made_at]
        if early:
            newest = early[-1]
            expected = None
            if self.kept_hashes is not None and self.kept_hashes.count > size:
                expected = self.kept_hashes.get(size).hex()
            self.report.differs(
                "missing",
                f"The log was cut back: your copy has a checkpoint over {newest.size} entries"
                + (f", signed at {newest.at}" if newest.at else "")
                + f"; this bundle, made at {self.manifest.made_at}, ends after {size}."
                f" Entries {size} to {newest.size - 1} are missing.",
                index=size,
                last=newest.size - 1,
                expected=expected,
            )
        elif ahead:
            self.report.remarks.append(
                f"Your copy goes on to {ahead[-1].size} entries, signed after this bundle was made"
                f" ({self.manifest.made_at}). If you were given the bundle later than that, ask for a new one."
            )
        return size

    # -- a full bundle

    def _check_full(self, size: int) -> None:
        sealed, tree, roots = self._choose_authority(size)
        walk = Walk(sealed, tree, roots, size, self.report)
        before = len(self.report.findings)
        walk.take(line_batches(self.bundle, EVENTS))
        walk.conclude(complete=EVENTS not in self.bundle.damage)
        erased = len(walk.erasures.ids)
        for index, event_id in walk.erasures.unrecorded():
            self.report.differs(
                "erased",
                f"The payload of entry {index}{event_of(event_id)} is gone, and no entry records that it was erased.",
                index=index,
                event_id=event_id,
            )
        if len(self.report.findings) == before and not self.bundle.damage:
            self.report.checked.append(
                f"{walk.read} entries are as they were sealed, in their order; none is missing or was added."
            )
            self.report.checked.append(
                f"{walk.read - erased} payloads are as they were sealed"
                + (f"; {erased} were erased, each under a record." if erased else "; none was erased.")
            )

    def _choose_authority(self, size: int) -> tuple[HashList | None, Tree, dict[int, bytes]]:
        """The list of hashes that signed roots vouch for, the tree over as much of it, and the roots that hold."""
        roots = {mark: root for mark, root in self.roots.items() if mark <= size}
        kept_roots = {mark: self.roots[mark] for mark in {checkpoint.size for checkpoint in self.kept} if mark <= size}
        ours, tree, bad = None, Tree(), None
        if self.bundle.size(HASHES) is not None:
            ours = HashList(self.bundle, self.files)
            tree, bad = vouched_tree(ours, roots)
            self._judge_list(ours, tree, bad, size)
        else:
            self.report.remarks.append(
                f"There is no {HASHES}: an altered leaf can only be located between two checkpoints."
            )
        if tree.size < size and self.kept_hashes is not None:
            kept_tree, _ = vouched_tree(self.kept_hashes, kept_roots)
            if kept_tree.size > tree.size:
                self.report.remarks.append(
                    f"The first {kept_tree.size} entries are compared with the leaf hashes of your copy."
                )
                return self.kept_hashes, kept_tree, kept_roots
        return ours, tree, roots

    def _judge_list(self, hashes: HashList, tree: Tree, bad: int | None, size: int) -> None:
        if bad is not None:
            self.report.differs(
                "altered",
                f"{HASHES} gives the signed roots up to {tree.size} entries and no longer at {bad}:"
                f" at least one of the hashes {tree.size} to {bad - 1} was altered.",
                index=tree.size,
                last=bad - 1,
                expected=self.roots[bad].hex(),
            )
        elif hashes.bytes != size * 32:
            self.report.differs("manifest", f"{HASHES} has {hashes.bytes} bytes, not {size * 32} for {size} entries.")
        if bad is None and tree.size:
            self.report.checked.append(
                f"{HASHES} gives the signed root at each of {len([m for m in self.roots if m <= tree.size])} sizes."
            )

    # -- selected entries

    def _check_selection(self, size: int) -> None:
        root = self.roots.get(size) or next((c.root for c in self.checkpoints if c.size == size), None)
        if root is None:
            self.report.differs("checkpoint", f"There is no checkpoint over {size} entries to hold the entries to.")
            return
        held = erased = 0
        last = -1
        for lines in line_batches(self.bundle, EVENTS):
            for line in lines:
                try:
                    entry = read_entry(line)
                    fault = self._selection_fault(entry, size, root, last)
                except BadEntry as error:
                    self.report.differs("altered", f"An entry after {last} cannot be read: {error}.", index=last + 1)
                    continue
                if fault:
                    self.report.differs(
                        "altered",
                        f"Entry {entry.claimed}{event_of(entry.event_id)}: {fault}.",
                        index=entry.claimed,
                        event_id=entry.event_id,
                        found=entry.hash.hex(),
                    )
                else:
                    held += 1
                    erased += entry.erased
                last = max(last, entry.claimed)
        self.report.checked.append(
            f"{held} selected entries are in the log of {size} entries, each by its proof;"
            f" {held - erased} payloads are as they were sealed, {erased} were erased."
        )
        self.report.remarks.append("These are selected entries: whether others should be among them cannot be seen.")

    def _selection_fault(self, entry: Entry, size: int, root: bytes, last: int) -> str:
        if not last < entry.claimed < size:
            return "it is not in order, or its number is beyond the log"
        reached = root_from_inclusion(entry.hash, entry.claimed, size, read_hashes(entry.proof))
        if reached != root:
            return "its leaf, number or proof was altered: they do not lead to the signed root"
        return entry.fault


def read_hashes(value: Any) -> list[bytes]:
    if not isinstance(value, list) or len(value) > 64 or not all(isinstance(part, str) for part in value):
        raise BadEntry("a proof is not a list of hashes")
    if not all(re.fullmatch("[0-9a-f]{64}", part) for part in value):
        raise BadEntry("a proof contains something that is not a hash")
    return [bytes.fromhex(part) for part in value]


def vouched_tree(hashes: HashList, roots: dict[int, bytes]) -> tuple[Tree, int | None]:
    """The tree over as many hashes as the roots vouch for, and the first size at which a root differs."""
    good, tree = Tree(), Tree()
    for size in sorted(roots):
        if size > hashes.count:
            break
        while tree.size < size:
            tree.extend(hashes.read(tree.size, min(CHUNK // 32, size - tree.size)))
        if tree.root() != roots[size]:
            return good, size
        good = tree.copy()
    return good, None


# ---------------------------------------------------------------------------------------------------------------------
# The command


def print_report(report: Report, path: str, seconds: float) -> None:
    lines = [f"Bundle: {path}", ""]
    lines += [f"  ok    {sentence}" for sentence in report.checked]
    lines += [f"  note  {sentence}" for sentence in report.remarks]
    findings = sorted(report.findings, key=lambda finding: finding.order)
    lines += [f"  WRONG {finding.sentence}" for finding in findings[:SHOWN]]
    if len(findings) + report.more > SHOWN:
        lines.append(f"  WRONG ... and {len(findings) + report.more - SHOWN} more.")
    lines += ["", f"Checked in {seconds:.1f} s."]
    first = report.first()
    lines.append("RESULT: everything holds." if first is None else f"RESULT: it does not hold. First: {first.sentence}")
    sys.stdout.write("\n".join(lines) + "\n")


def print_json(report: Report, path: str, status: int, error: str = "") -> None:
    findings = sorted(report.findings, key=lambda finding: finding.order)
    answer = {
        "bundle": path,
        "result": ("holds", "differs", "unreadable")[status],
        "error": error or None,
        "checked": report.checked,
        "remarks": report.remarks,
        "first": asdict(findings[0]) if findings else None,
        "findings": [asdict(finding) for finding in findings],
        "more_findings": report.more,
    }
    sys.stdout.write(json.dumps(answer, indent=1) + "\n")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Check an exported audit log offline. The head of this file says what that proves, and what not."
    )
    parser.add_argument("bundle", help="zip file or folder")
    parser.add_argument("--key", action="append", default=[], help="a verifier key that you got elsewhere")
    parser.add_argument("--copy", help="the checkpoints that were kept elsewhere: a file, or a folder")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    started = time.perf_counter()
    report = Report()
    try:
        with contextlib.ExitStack() as files:
            Verification(open_bundle(options.bundle), report, files).run(options.key, options.copy)
        status, error = (1 if report.findings else 0), ""
    except Unreadable as unreadable:
        status, error = 2, str(unreadable)
    except Exception as unexpected:  # hostile bytes must not end in a traceback
        status, error = 2, f"{type(unexpected).__name__}: {unexpected}"
    if options.json:
        print_json(report, options.bundle, status, error)
    elif status == 2:
        sys.stderr.write(f"{options.bundle} cannot be checked: {shortened(error)}.\n")
    else:
        print_report(report, options.bundle, time.perf_counter() - started)
    return status


if __name__ == "__main__":
    sys.exit(main())
