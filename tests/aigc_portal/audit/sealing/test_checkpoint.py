from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aigc_portal.audit.sealing.checkpoint import BadCheckpoint, Checkpoint
from aigc_portal.audit.sealing.signed_note import SignedNote, SigningKey, verify_note

EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
KEY = SigningKey(name="portal.example/audit", seed=bytes(32))


def test_the_example_of_the_specification_is_read_and_written() -> None:
    checkpoint = Checkpoint.parse(EXAMPLE)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    assert checkpoint.text == EXAMPLE


def test_time_and_next_keys_are_extension_lines() -> None:
    at = datetime(2026, 11, 24, 8, 0, 0, 250, tzinfo=UTC)
    checkpoint = Checkpoint("portal.example/audit", 7, bytes(32), at=at, next_keys=(KEY.verifier,))
    assert checkpoint.text.split("\n")[3:] == ["time 2026-11-24T08:00:00.000250Z", f"next-key {KEY.verifier}", ""]
    note = SignedNote.parse(str(checkpoint.sign(KEY)))
    assert verify_note(note, [KEY.verifier]) == [KEY.verifier]
    assert Checkpoint.parse(note.text) == checkpoint
    assert Checkpoint.parse(checkpoint.text + "unknown extension\n") == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        EXAMPLE[:-1],
        EXAMPLE.replace("20852163", "020852163"),
        EXAMPLE.replace("20852163", "-1"),
        EXAMPLE.replace("20852163", "２"),
        EXAMPLE.replace("CsUY", "CsU"),
        EXAMPLE.replace("q2I=", "q2J="),
        EXAMPLE + "\n",
        "\n" + EXAMPLE,
        EXAMPLE + "time yesterday\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadCheckpoint):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    ("origin", "size", "root"), [("", 1, bytes(32)), ("=====", 1, bytes(32)), ("a", -1, bytes(32)), ("a", 1, b"")]
)
def test_what_is_no_checkpoint_is_not_made(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(BadCheckpoint):
        Checkpoint(origin, size, root)
