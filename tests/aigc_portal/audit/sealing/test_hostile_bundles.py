"""Damaged, cut off and hostile bundles: a clear answer, never a traceback."""

from __future__ import annotations

import json
import os
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_portal.audit import verify_audit
from tests.aigc_portal.audit.sealing.conftest import Verify
from tests.aigc_portal.audit.sealing.sealed_log import make_log, write_folder, write_zip

FILES = make_log().files()
LINES = FILES["events.jsonl"].splitlines(keepends=True)


def with_line(index: int, line: bytes) -> dict[str, bytes]:
    return {**FILES, "events.jsonl": b"".join([*LINES[:index], line, *LINES[index + 1 :]])}


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"\x00\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b"{" * 100_000 + b"\n",
        b"[" * 100_000 + b"\n",
        b"9" * 100_000 + b"\n",
        LINES[7][:-30] + b"\n",
        LINES[7].replace(b"Ravi", b"R\xff\xfei"),
        LINES[7].replace(b'"erased":false', b'"erased":NaN'),
        LINES[7].replace(b'"erased":false', b'"erased":0'),
        LINES[7].replace(b'"erased":false', b'"erased":false,"erased":false'),
        LINES[7].replace(b'"erased":false', b'"erased":false,"more":1'),
        LINES[7].replace(b'"index":7', b'"index":7.0'),
        LINES[7].replace(b'"index":7', b'"index":true'),
        LINES[7].replace(b'"index":7', b'"index":' + b"7" * 5000),
        LINES[7].replace(b'"index":7,', b""),
        LINES[7].replace(b'"index":7', b'"index":7,"leaf":{}'),
        LINES[7].replace(b'"payload":{', b'"payload":{"data":1,'),
        LINES[7].replace(b'"request_id":', b'"x":1e999,"request_id":'),
        LINES[7].replace(b'"request_id":', b'"x":"\\ud800","request_id":'),
        LINES[7].replace(b'"leaf":{', b'"leaf":{"\\ud800":1,'),
        LINES[7].replace(b'"leaf":{', b'"leaf":{"action":"x",'),
        LINES[7].replace(b'"leaf":{', b'"leaf":7,"more":{'),
    ],
)
def test_a_bad_line_is_an_altered_entry(verify: Verify, line: bytes) -> None:
    status, answer = verify(with_line(7, line))
    assert status == 1
    assert (answer["first"]["kind"], answer["first"]["index"]) == ("altered", 7)
    assert len(answer["findings"]) == 1


@pytest.mark.parametrize("index", [-1, -(2**63), 50, 2**62])
def test_a_line_with_an_impossible_number_is_named(verify: Verify, index: int) -> None:
    status, answer = verify(with_line(7, LINES[7].replace(b'"index":7', b'"index":%d' % index)))
    assert (status, answer["first"]["index"]) == (1, 7)


def test_entries_in_a_log_that_has_none(verify: Verify) -> None:
    empty = make_log(0).files()
    for files in (empty, {name: content for name, content in empty.items() if name != "leaf_hashes.bin"}):
        status, answer = verify({**files, "events.jsonl": LINES[0]})
        assert (status, answer["first"]["kind"], answer["first"]["index"]) == (1, "inserted", 0)


def test_a_line_that_never_ends_is_refused(verify: Verify) -> None:
    status, answer = verify(with_line(7, b'{"index":7,"leaf":{"' + b"x" * (9 << 20) + b"\n"))
    assert status == 2
    assert "line of more than" in answer["error"]


def test_a_file_that_was_cut_off_is_named(verify: Verify) -> None:
    status, answer = verify({**FILES, "events.jsonl": FILES["events.jsonl"][:-200]})
    assert status == 1
    assert answer["first"]["index"] == 49


@pytest.mark.parametrize("name", ["manifest.json", "events.jsonl", "checkpoints.txt", "verifier_keys.txt"])
def test_a_missing_file_is_named(verify: Verify, name: str) -> None:
    status, answer = verify({other: content for other, content in FILES.items() if other != name})
    assert status == 2
    assert name in answer["error"]


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"null",
        b"{",
        b'{"format":"something else"}',
        FILES["manifest.json"].replace(b'"version": 1', b'"version": 2'),
        FILES["manifest.json"].replace(b'"tree_size": 50', b'"tree_size": -1'),
        FILES["manifest.json"].replace(b'"tree_size": 50', b'"tree_size": 5e1'),
        FILES["manifest.json"].replace(b'"tree_size": 50', b'"tree_size": 50, "tree_size": 49'),
        FILES["manifest.json"].replace(b'"full"', b'"some"'),
        FILES["manifest.json"].replace(b'"made_at": "', b'"made_at": "~'),
        b'"' + b"x" * (2 << 20) + b'"',
    ],
)
def test_a_bad_manifest_is_refused(verify: Verify, manifest: bytes) -> None:
    status, answer = verify({**FILES, "manifest.json": manifest})
    assert status == 2
    assert "\n" not in answer["error"]


def test_a_huge_tree_size_costs_nothing(verify: Verify) -> None:
    size = FILES["manifest.json"].replace(b'"tree_size": 50', b'"tree_size": %d' % (10**17))
    status, answer = verify({**FILES, "manifest.json": size})
    assert status == 1
    assert (answer["first"]["kind"], answer["first"]["index"]) == ("missing", 50)


@pytest.mark.parametrize("keys", [b"", b"\xff", b"nonsense\n", b"a\x1b[2Jb+00000000+AAAA\n"])
def test_bad_keys_are_refused(verify: Verify, keys: bytes) -> None:
    status, answer = verify({**FILES, "verifier_keys.txt": keys})
    assert status == 2
    assert "\x1b" not in answer["error"]


@pytest.mark.parametrize(
    "notes", [b"", b"=====\n" * 100, b"\n\n\n=====\n", b"\xff\n=====\n", b"a\n1\nx\n\n\xe2\x80\x94 a b\n"]
)
def test_bad_checkpoints_leave_nothing_vouched_for(verify: Verify, notes: bytes) -> None:
    status, answer = verify({**FILES, "checkpoints.txt": notes})
    assert status == 1
    assert "unvouched" in {found["kind"] for found in answer["findings"]}


def test_an_endless_checkpoint_is_refused(verify: Verify) -> None:
    assert verify({**FILES, "checkpoints.txt": b"x" * (1 << 17) + b"\n"})[0] == 2


def test_hashes_that_were_cut_off(verify: Verify) -> None:
    for length in (0, 31, 32 * 25, 32 * 50 - 1, 32 * 51):
        content = (FILES["leaf_hashes.bin"] + bytes(32))[:length]
        status, answer = verify({**FILES, "leaf_hashes.bin": content})
        assert status == 1
        assert "leaf_hashes.bin" in answer["first"]["sentence"]


# -- links and zips


@pytest.mark.parametrize("name", ["events.jsonl", "leaf_hashes.bin", "manifest.json"])
def test_links_and_pipes_are_refused(verify: Verify, tmp_path: Path, name: str) -> None:
    makers: list[Callable[[Path], None]] = [lambda path: path.symlink_to("/dev/zero"), os.mkfifo, os.mkdir]
    for number, make in enumerate(makers):
        bundle = write_folder(tmp_path / f"linked{number}", {other: FILES[other] for other in FILES if other != name})
        make(bundle / name)
        status, answer = verify(bundle)
        assert (status, answer["error"]) == (2, f"{name} is not a plain file")


def test_a_file_that_is_no_zip_is_refused(verify: Verify, tmp_path: Path) -> None:
    for content in (b"", b"PK", b"PK\x05\x06" + bytes(18), os.urandom(5000)):
        path = tmp_path / f"{len(content)}.zip"
        path.write_bytes(content)
        assert verify(path)[0] == 2


def test_a_bomb_is_refused_before_it_is_read(verify: Verify, tmp_path: Path) -> None:
    bomb = write_zip(tmp_path / "bomb.zip", {**FILES, "events.jsonl": bytes(50 << 20)})
    status, answer = verify(bomb)
    assert status == 2
    assert "expand" in answer["error"]


def test_an_impossible_place_in_a_zip_is_refused(verify: Verify, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", FILES)
    content = path.read_bytes()
    directory = content.rindex(b"PK\x01\x02")
    for place in (0x7FFFFFFF, 0xFFFFFFFF):
        path.write_bytes(content[: directory + 42] + struct.pack("<L", place) + content[directory + 46 :])
        assert verify(path)[0] == 2


def test_a_bomb_that_lies_about_its_size_is_cut_off(verify: Verify, tmp_path: Path) -> None:
    bomb = write_zip(tmp_path / "bomb.zip", {**FILES, "events.jsonl": bytes(50 << 20)})
    content = bomb.read_bytes()
    bomb.write_bytes(content.replace(struct.pack("<L", 50 << 20), struct.pack("<L", 1000)))
    assert verify(bomb)[0] in (1, 2)


def test_paths_lead_nowhere(verify: Verify, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", {**FILES, "../../evil.txt": b"x", "/etc/evil": b"x", "events.jsonl/..": b""})
    assert verify(path)[0] == 0
    assert not list(tmp_path.rglob("evil*"))


def test_a_member_that_stands_twice_is_refused(verify: Verify, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", FILES)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("events.jsonl", b"")
    status, answer = verify(path)
    assert status == 2
    assert "twice" in answer["error"]


def test_an_encrypted_or_strangely_compressed_member_is_refused(verify: Verify, tmp_path: Path) -> None:
    assert verify(write_zip(tmp_path / "b.zip", FILES, zipfile.ZIP_LZMA))[0] == 2


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_one_changed_byte_anywhere_in_a_zip(verify: Verify, tmp_path: Path, compression: int) -> None:
    """Never a traceback; it holds only where the byte means nothing, such as the time of a member."""
    good = write_zip(tmp_path / "good.zip", FILES, compression).read_bytes()
    chosen = random.Random(5)
    seen = set()
    for _ in range(150):
        at = chosen.randrange(len(good))
        bad = tmp_path / "bad.zip"
        bad.write_bytes(good[:at] + bytes([good[at] ^ (1 << chosen.randrange(8))]) + good[at + 1 :])
        seen.add(verify(bad)[0])
    assert seen <= {0, 1, 2}


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("name", FILES)
def test_one_changed_byte_of_a_member_is_refused(verify: Verify, tmp_path: Path, compression: int, name: str) -> None:
    path = write_zip(tmp_path / "good.zip", FILES, compression)
    good = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(name)
    start = info.header_offset + 30 + len(name)
    chosen = random.Random(6)
    for _ in range(15):
        at = start + chosen.randrange(info.compress_size)
        path.write_bytes(good[:at] + bytes([good[at] ^ (1 << chosen.randrange(8))]) + good[at + 1 :])
        assert verify(path)[0] in (1, 2)


def test_a_changed_byte_in_a_stored_zip_names_the_entry(verify: Verify, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", FILES, zipfile.ZIP_STORED)
    content = path.read_bytes()
    line = LINES[23]
    path.write_bytes(content.replace(line, line.replace(b"192.0.2.7", b"192.0.2.8")))
    status, answer = verify(path)
    assert (status, answer["first"]["kind"], answer["first"]["index"]) == (1, "altered", 23)
    assert any("checksum" in sentence for sentence in answer["remarks"])


def test_a_zip_that_was_cut_in_the_middle_is_refused(verify: Verify, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "b.zip", FILES)
    path.write_bytes(path.read_bytes()[:-100])
    assert verify(path)[0] == 2


def test_mutations_of_every_file_never_end_in_a_traceback(verify: Verify) -> None:
    chosen = random.Random(7)
    changes: list[Callable[[bytes], bytes]] = [
        lambda content: content[: chosen.randrange(len(content))],
        lambda content: content.replace(b'"', b"", 1),
        lambda content: content + content,
        lambda content: bytes(chosen.randrange(256) for _ in range(64)),
        lambda content: content.replace(b":", b"::", 3),
    ]
    for name in FILES:
        for change in changes:
            status, answer = verify({**FILES, name: change(FILES[name])})
            assert status in (0, 1, 2)
            assert json.dumps(answer)


def test_what_goes_wrong_unforeseen_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    bundle = write_folder(tmp_path / "bundle", FILES)
    monkeypatch.setattr(verify_audit, "line_batches", fail)
    assert verify_audit.main([str(bundle)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
