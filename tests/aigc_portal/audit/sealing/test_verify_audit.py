"""Keys, checkpoints, copies and selections; and the one file alone, without the project."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import cryptography
import pytest

from aigc_portal.audit import verify_audit
from aigc_portal.audit.sealing.checkpoint import Checkpoint
from aigc_portal.audit.sealing.merkle import prove_inclusion
from aigc_portal.audit.sealing.signed_note import SigningKey
from tests.aigc_portal.audit.sealing.conftest import Verify
from tests.aigc_portal.audit.sealing.sealed_log import (
    NODE_KEY,
    ORIGIN,
    SealedLog,
    make_log,
    write_folder,
    write_zip,
)

KEY = str(NODE_KEY.verifier)

ALONE = """
import runpy, sys
sys.path[:] = [path for path in sys.path if "site-packages" not in path] + [sys.argv.pop(1)]
sys.argv.pop(0)
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    ours = [name for name in sys.modules if name.split(".")[0] in ("aigc_portal", "review", "generation", "django")]
    assert not ours, ours
"""


@pytest.fixture
def only_cryptography(tmp_path: Path) -> Path:
    """A folder with the one package that the verifier may use, and what that needs."""
    folder = tmp_path / "packages"
    folder.mkdir()
    installed = Path(cryptography.__file__).parent.parent
    for found in [installed / "cryptography", installed / "cffi", *installed.glob("_cffi_backend*")]:
        (folder / found.name).symlink_to(found)
    return folder


def run_alone(packages: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """In a Python without site-packages, environment or project, as an auditor would."""
    script = shutil.copy(verify_audit.__file__, folder / "verify_audit.py")
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", ALONE, str(packages), script, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_file_alone_checks_a_bundle(tmp_path: Path, only_cryptography: Path) -> None:
    log = make_log()
    good = write_zip(tmp_path / "good.zip", log.files())
    log.rows[23].ip = "192.0.2.8"
    bad = write_zip(tmp_path / "bad.zip", log.files())
    (tmp_path / "copy.txt").write_bytes(log.copy())

    done = run_alone(only_cryptography, tmp_path, str(good), "--key", KEY, "--copy", "copy.txt")
    assert (done.returncode, done.stderr) == (0, "")
    assert "RESULT: everything holds." in done.stdout

    done = run_alone(only_cryptography, tmp_path, str(bad))
    assert (done.returncode, done.stderr) == (1, "")
    assert "RESULT: it does not hold. First: Entry 23 (event 124) was altered" in done.stdout

    done = run_alone(only_cryptography, tmp_path, "nothing.zip")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such file" in done.stderr


def test_the_file_says_what_it_does_not_prove() -> None:
    assert verify_audit.__doc__ is not None
    assert "WHAT IT DOES NOT PROVE" in verify_audit.__doc__


def test_folder_and_zip_are_checked_alike(verify: Verify, tmp_path: Path) -> None:
    files = make_log().files()
    stored = write_zip(tmp_path / "stored.zip", files, zipfile.ZIP_STORED)
    deflated = write_zip(tmp_path / "deflated.zip", files)
    assert [verify(bundle)[0] for bundle in (files, stored, deflated)] == [0, 0, 0]


@pytest.mark.parametrize(("entries", "every"), [(0, 10), (1, 1), (2, 1), (7, 3), (1500, 700)])
def test_logs_of_any_length_hold(verify: Verify, entries: int, every: int) -> None:
    assert verify(make_log(entries, every))[0] == 0


def test_lines_in_another_spelling_hold_too(verify: Verify) -> None:
    """The hot loop reads the portal's own spelling; any other JSON of the same meaning is read without hurry."""
    log = make_log(20)
    log.append(
        target_label='a "quoted" \\ label, 茶 \U0001f375', target_id='odd "id" \\', data={"a": [1.5, -0.0, 1e21, 2**60]}
    )
    log.checkpoint()
    files = log.files()
    assert verify(files)[0] == 0
    lines = [json.loads(line) for line in files["events.jsonl"].splitlines()]
    files["events.jsonl"] = b"".join(json.dumps(line, indent=None, sort_keys=True).encode() + b"\n" for line in lines)
    assert verify(files)[0] == 0


# -- keys


def test_without_a_key_of_your_own_the_reader_is_told(verify: Verify) -> None:
    assert "came from the bundle itself" in verify(make_log())[1]["remarks"][0]


def test_a_key_that_signed_nothing(verify: Verify) -> None:
    status, answer = verify(make_log(), "--key", str(SigningKey.generate(ORIGIN).verifier))
    assert status == 1
    assert (answer["first"]["kind"], answer["first"]["index"], answer["first"]["last"]) == ("unvouched", 0, 49)


@pytest.mark.parametrize("key", ["", "nonsense", KEY[:-1], KEY.replace("audit", "other")])
def test_what_is_no_key_is_refused(verify: Verify, key: str) -> None:
    status, answer = verify(make_log(), "--key", key)
    assert status == 2
    assert answer["error"].startswith("--key")


def rotated() -> tuple[SealedLog, SigningKey]:
    log, new = make_log(20), SigningKey.generate(ORIGIN)
    log.append()
    log.checkpoint(next_keys=(new.verifier,))
    log.key = new
    for _ in range(5):
        log.append()
        log.checkpoint()
    log.keys.append(new.verifier)
    return log, new


def test_a_new_key_counts_once_the_old_one_introduced_it(verify: Verify) -> None:
    log, new = rotated()
    status, answer = verify(log, "--key", KEY)
    assert status == 0
    assert f"The key {ORIGIN}+{new.verifier.id.hex()} counts because checkpoint 3" in answer["remarks"][0]


def test_a_new_key_that_nobody_introduced_does_not_count(verify: Verify) -> None:
    log, new = rotated()
    log.checkpoints[2] = Checkpoint(ORIGIN, 21, log.checkpoints[2].root)
    log.notes[2] = log.checkpoints[2].sign(new)
    status, answer = verify(log, "--key", KEY)
    assert status == 1
    assert answer["first"]["index"] == 20


def test_a_checkpoint_with_two_signatures_counts_for_either(verify: Verify) -> None:
    other = SigningKey.generate("witness.example")
    log = SealedLog()
    log.append()
    log.checkpoint(other)
    assert verify(log, "--key", KEY)[0] == 0
    assert verify(log, "--key", str(other.verifier))[0] == 0


# -- checkpoints


def test_a_checkpoint_of_another_log_does_not_count(verify: Verify) -> None:
    log = make_log()
    log.notes[2] = Checkpoint("other.example/audit", 30, log.checkpoints[2].root).sign(NODE_KEY)
    status, answer = verify(log)
    assert status == 1
    assert "other.example/audit" in answer["first"]["sentence"]


@pytest.mark.parametrize("part", [b"portal.example/audit\n30\n", "— portal".encode(), b"time 2026"])
def test_one_byte_of_a_checkpoint(verify: Verify, part: bytes) -> None:
    files = make_log().files()
    assert part in files["checkpoints.txt"]
    files["checkpoints.txt"] = files["checkpoints.txt"].replace(part, bytes([part[0] ^ 1]) + part[1:], 1)
    status, answer = verify(files)
    assert (status, answer["first"]["kind"]) == (1, "checkpoint")


def test_a_checkpoint_of_another_log_introduces_no_key(verify: Verify) -> None:
    log, new = make_log(20), SigningKey.generate(ORIGIN)
    log.notes.append(Checkpoint("other.example", 20, bytes(32), next_keys=(new.verifier,)).sign(NODE_KEY))
    log.key = new
    log.append()
    log.checkpoint()
    status, answer = verify(log, "--key", KEY)
    assert (status, answer["first"]["kind"], answer["first"]["index"]) == (1, "unvouched", 20)


def test_a_wrong_consistency_proof(verify: Verify) -> None:
    files = make_log().files()
    proofs = json.loads(files["consistency.json"])
    proofs[1]["proof"][0] = "00" * 32
    files["consistency.json"] = json.dumps(proofs).encode()
    status, answer = verify(files)
    assert (status, answer["first"]["kind"]) == (1, "checkpoint")
    assert "size 30 grew out of that of size 20" in answer["first"]["sentence"]


@pytest.mark.parametrize("content", [b"", b"[", b"{}", b"[1]", b'[{"first":1,"second":2,"proof":["x"]}]'])
def test_consistency_proofs_that_cannot_be_read(verify: Verify, content: bytes) -> None:
    files = make_log().files()
    files["consistency.json"] = content
    assert verify(files)[0] == (0 if content == b"{}" else 1)


# -- the copy


def test_a_copy_with_the_same_checkpoints(verify: Verify, tmp_path: Path) -> None:
    log = make_log()
    copy = tmp_path / "copy.txt"
    copy.write_bytes(log.copy())
    status, answer = verify(log, "--copy", str(copy))
    assert status == 0
    assert any("5 of 5 checkpoints of your copy are in the bundle" in sentence for sentence in answer["checked"])


def test_checkpoints_that_only_the_copy_has_are_compared_with_the_tree(verify: Verify, tmp_path: Path) -> None:
    log = make_log(50, every=5)
    copy = tmp_path / "copy.txt"
    copy.write_bytes(log.copy())
    fewer = make_log(50, every=25)
    assert verify(fewer, "--copy", str(copy))[0] == 0
    fewer.rows[12].team = 8
    fewer.rebuild(sign_with=NODE_KEY)
    status, answer = verify(fewer, "--copy", str(copy))
    assert (status, answer["first"]["index"], answer["first"]["last"]) == (1, 10, 14)


def test_a_note_that_was_cut_off_by_a_crash_is_passed_over(verify: Verify, tmp_path: Path) -> None:
    log = make_log()
    copy = tmp_path / "copy.txt"
    copy.write_bytes(log.copy()[:-40])
    status, answer = verify(log, "--copy", str(copy))
    assert status == 0
    assert any("1 of 5 notes in your copy are incomplete" in sentence for sentence in answer["remarks"])


def test_a_copy_that_another_key_signed(verify: Verify, tmp_path: Path) -> None:
    """Somebody started a log of their own under a key of their own; the copy knows the real one."""
    copy = tmp_path / "copy.txt"
    copy.write_bytes(make_log().copy())
    forged = make_log(key=SigningKey.generate(ORIGIN))
    status, answer = verify(forged, "--copy", str(copy))
    assert status == 1
    assert any("does not fit the keys" in found["sentence"] for found in answer["findings"])


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"\xff\xfe\n=====\n"])
def test_a_copy_without_checkpoints_is_refused(verify: Verify, tmp_path: Path, content: bytes) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_bytes(content)
    status, answer = verify(make_log(), "--copy", str(copy))
    assert (status, answer["error"]) == (2, "there is no checkpoint in the copy")


def test_a_copy_of_another_log_is_refused(verify: Verify, tmp_path: Path) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_text(f"{Checkpoint('other.example', 0, bytes(32)).sign(NODE_KEY)}=====\n")
    assert verify(make_log(), "--copy", str(copy))[0] == 2


# -- selections


def test_selected_entries_hold_by_their_proofs(verify: Verify) -> None:
    log = make_log()
    log.erase(9)
    log.checkpoint()
    status, answer = verify(log.files(selection=[0, 9, 23, 50]), "--key", KEY)
    assert status == 0
    assert any("4 selected entries are in the log of 51 entries" in sentence for sentence in answer["checked"])
    assert "cannot be seen" in answer["remarks"][-1]


@pytest.mark.parametrize("name", ["action", "at", "ip", "mac", "id"])
def test_a_selected_entry_is_altered(verify: Verify, name: str) -> None:
    log = make_log()
    row = log.rows[23]
    setattr(row, name, {"at": log.rows[1].at, "mac": "00" * 32, "id": 7}.get(name, "192.0.2.200"))
    status, answer = verify(log.files(selection=[3, 23, 40]))
    assert (status, answer["first"]["kind"], answer["first"]["index"]) == (1, "altered", 23)
    assert len(answer["findings"]) == 1


def test_selected_entries_stand_twice_or_under_another_number(verify: Verify) -> None:
    files = make_log().files(selection=[3, 23, 40])
    lines = files["events.jsonl"].splitlines(keepends=True)
    assert verify({**files, "events.jsonl": b"".join([*lines, lines[1]])})[1]["first"]["index"] == 23
    moved = files["events.jsonl"].replace(b'"index":23', b'"index":24')
    assert verify({**files, "events.jsonl": moved})[1]["first"]["index"] == 24


def test_a_selection_without_consistency_proofs_does_not_hold(verify: Verify) -> None:
    files = make_log().files(selection=[3])
    del files["consistency.json"]
    status, answer = verify(files)
    assert (status, answer["first"]["kind"]) == (1, "checkpoint")


def test_a_selection_must_have_the_checkpoints_that_were_kept(verify: Verify, tmp_path: Path) -> None:
    """Else whoever has the key shows another log, with one checkpoint at a size of which nobody kept one."""
    copy = tmp_path / "copy.txt"
    copy.write_bytes(make_log().copy())
    assert verify(make_log().files(selection=[3]), "--copy", str(copy))[0] == 0
    status, answer = verify(make_log(55, every=55).files(selection=[3]), "--copy", str(copy))
    assert (status, answer["first"]["kind"]) == (1, "checkpoint")
    assert "5 checkpoints of your copy are not in the bundle" in answer["first"]["sentence"]


def test_a_proof_to_another_tree_does_not_hold(verify: Verify) -> None:
    log = make_log()
    files = log.files(selection=[3])
    line = json.loads(files["events.jsonl"])
    line["proof"] = [value.hex() for value in prove_inclusion(3, 40, log.node)]
    files["events.jsonl"] = json.dumps(line).encode() + b"\n"
    assert verify(files)[0] == 1


def test_an_answer_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = make_log()
    for index in range(0, 40, 2):
        log.rows[index].team = 9
    bundle = write_folder(tmp_path / "bundle", log.files())
    assert verify_audit.main([str(bundle)]) == 1
    text = capsys.readouterr().out
    assert "5 of 5 checkpoints of portal.example/audit are signed with a key that counts" in text
    assert "RESULT: it does not hold. First: Entry 0 (event 101) was altered" in text
    assert "... and 10 more." in text
