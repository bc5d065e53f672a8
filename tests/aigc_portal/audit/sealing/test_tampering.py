"""What somebody can do who owns the database, with the triggers off: the verifier finds it and names the entry."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aigc_portal.audit.sealing.signed_note import SigningKey
from tests.aigc_portal.audit.sealing.conftest import Verify
from tests.aigc_portal.audit.sealing.sealed_log import NODE_KEY, Row, SealedLog, make_log, write_folder

KEY = str(NODE_KEY.verifier)


def first(answer: dict[str, Any]) -> tuple[str, int, Any]:
    found = answer["first"]
    return found["kind"], found["index"], found["event_id"]


def test_an_untouched_log_holds(verify: Verify) -> None:
    status, answer = verify(make_log(), "--key", KEY)
    assert (status, answer["result"], answer["first"], answer["remarks"]) == (0, "holds", None, [])
    assert any("50 entries are as they were sealed" in sentence for sentence in answer["checked"])
    assert any("50 payloads are as they were sealed; none was erased" in sentence for sentence in answer["checked"])


def changed(row: Row, name: str) -> Any:
    value = getattr(row, name)
    if name in ("id", "team"):
        return value + 1
    if name == "at":
        return value + timedelta(microseconds=1)
    if name == "salt":
        return bytes([value[0] ^ 1]) + value[1:]
    if name == "data":
        return {**value, "after": {"status": "APPROVEE"}}
    if name == "mac":
        return ("0" if value[0] != "0" else "1") + value[1:]
    return chr(ord(value[0]) ^ 1) + value[1:]


@pytest.mark.parametrize("name", [field.name for field in fields(Row) if field.name != "erased"])
@pytest.mark.parametrize("index", [0, 23, 49])
def test_one_byte_of_any_column(verify: Verify, name: str, index: int) -> None:
    log = make_log()
    setattr(log.rows[index], name, changed(log.rows[index], name))
    status, answer = verify(log)
    assert status == 1
    assert first(answer) == ("altered", index, log.rows[index].id)
    assert len(answer["findings"]) == 1


@pytest.mark.parametrize("name", ["actor", "team", "ip", "actor_name"])
def test_a_column_set_to_null_or_emptied(verify: Verify, name: str) -> None:
    log = make_log()
    setattr(log.rows[31], name, None)
    assert first(verify(log)[1]) == ("altered", 31, 132)


def test_expected_and_found_hashes_are_given(verify: Verify) -> None:
    log = make_log()
    log.rows[5].action = "review.rejected"
    found = verify(log)[1]["first"]
    assert found["expected"] == log.tree[0, 5].hex()
    assert found["found"] != found["expected"]
    assert found["expected"] in found["sentence"]


@pytest.mark.parametrize("index", [0, 7, 30, 48, 49])
def test_one_event_is_deleted(verify: Verify, index: int) -> None:
    log = make_log()
    del log.rows[index]
    status, answer = verify(log)
    assert status == 1
    assert [(found["kind"], found["index"], found["last"]) for found in answer["findings"]] == [
        ("missing", index, None)
    ]
    neighbours = [101 + beside for beside in (index - 1, index + 1) if 0 <= beside < 50]
    assert all(f"event {event_id}" in answer["first"]["sentence"] for event_id in neighbours)


@pytest.mark.parametrize(("start", "stop"), [(0, 3), (12, 31), (45, 50), (0, 50)])
def test_a_range_is_deleted(verify: Verify, start: int, stop: int) -> None:
    log = make_log()
    for index in range(start, stop):
        del log.rows[index]
    status, answer = verify(log)
    assert status == 1
    assert [(found["kind"], found["index"], found["last"]) for found in answer["findings"]] == [
        ("missing", start, stop - 1)
    ]


def test_several_are_deleted_and_one_is_altered_after_them(verify: Verify) -> None:
    log = make_log()
    for index in (3, 4, 6, 20):
        del log.rows[index]
    log.rows[21].team = 9
    answer = verify(log)[1]
    assert [(found["kind"], found["index"]) for found in answer["findings"]] == [
        ("missing", 3),
        ("missing", 6),
        ("missing", 20),
        ("altered", 21),
    ]


@pytest.mark.parametrize(("one", "other"), [(0, 49), (3, 4), (10, 40), (48, 49)])
def test_two_events_are_swapped(verify: Verify, one: int, other: int) -> None:
    log = make_log()
    log.rows[one], log.rows[other] = log.rows[other], log.rows[one]
    status, answer = verify(log)
    assert status == 1
    assert first(answer) == ("reordered", one, other + 101)
    assert {found["kind"] for found in answer["findings"]} == {"reordered"}


def test_two_events_swap_everything_but_their_ids(verify: Verify) -> None:
    log = make_log()
    log.rows[8], log.rows[9] = replace(log.rows[9], id=109), replace(log.rows[8], id=110)
    answer = verify(log)[1]
    assert [(found["kind"], found["index"]) for found in answer["findings"]] == [("altered", 8), ("altered", 9)]


def test_lines_stand_in_another_order(verify: Verify) -> None:
    files = make_log().files()
    lines = files["events.jsonl"].splitlines(keepends=True)
    files["events.jsonl"] = b"".join([*lines[:20], *lines[25:30], *lines[20:25], *lines[30:]])
    status, answer = verify(files)
    assert status == 1
    assert first(answer) == ("reordered", 20, 121)


@pytest.mark.parametrize("renumbered", [False, True])
@pytest.mark.parametrize("index", [0, 17, 49, 50])
def test_an_event_is_inserted(verify: Verify, index: int, renumbered: bool) -> None:
    log = make_log()
    files = log.files()
    forged = replace(log.rows[17], id=999, action="review.rejected")
    rows = [log.rows[number] for number in range(50)]
    if renumbered:
        log.rows = dict(enumerate([*rows[:index], forged, *rows[index:]]))
        files["events.jsonl"] = b"".join(log.line(number) for number in range(51))
    else:
        lines = files["events.jsonl"].splitlines(keepends=True)
        log.rows[index] = forged
        files["events.jsonl"] = b"".join([*lines[:index], log.line(index), *lines[index:]])
    status, answer = verify(files)
    assert status == 1
    assert first(answer) == ("inserted", index, 999)
    assert len(answer["findings"]) == 1


def test_an_event_stands_there_twice(verify: Verify) -> None:
    files = make_log().files()
    lines = files["events.jsonl"].splitlines(keepends=True)
    files["events.jsonl"] = b"".join([*lines[:20], lines[5], *lines[20:]])
    answer = verify(files)[1]
    assert first(answer) == ("inserted", 20, 106)
    assert len(answer["findings"]) == 1


def test_a_line_is_renumbered(verify: Verify) -> None:
    files = make_log().files()
    files["events.jsonl"] = files["events.jsonl"].replace(b'{"index":12,', b'{"index":13,', 1)
    assert first(verify(files)[1]) == ("altered", 12, 113)


def test_very_many_differ_and_the_first_is_named(verify: Verify) -> None:
    log = make_log(3000, every=500)
    for row in list(log.rows.values())[17:]:
        row.team = 9
    status, answer = verify(log)
    assert status == 1
    assert first(answer) == ("altered", 17, 118)
    assert "was not looked at" in answer["remarks"][-1]


def test_very_many_payloads_differ_and_the_first_is_named(verify: Verify) -> None:
    log = make_log(3000, every=500)
    for row in list(log.rows.values())[17:]:
        row.ip = None
    status, answer = verify(log)
    assert (status, first(answer)) == (1, ("altered", 17, 118))


# -- erasure


def test_erased_payloads_leave_every_proof_as_it_was(verify: Verify) -> None:
    log = make_log()
    log.erase(4, 5, 23)
    log.checkpoint()
    status, answer = verify(log)
    assert status == 0
    assert any("48 payloads are as they were sealed; 3 were erased" in sentence for sentence in answer["checked"])
    assert b"Ravi" not in log.line(4)


def test_a_payload_that_is_gone_without_a_record(verify: Verify) -> None:
    log = make_log()
    log.erase(4, 5)
    log.checkpoint()
    log.rows[23].erased = True
    status, answer = verify(log)
    assert (status, first(answer)) == (1, ("erased", 23, 124))


def test_the_record_of_an_erasure_is_altered(verify: Verify) -> None:
    log = make_log(20)
    log.erase(4)
    log.checkpoint()
    log.rows[20].data = {"events": [[105, 106]]}
    log.rows[5].erased = True
    assert first(verify(log)[1]) == ("altered", 20, 121)


def test_a_record_speaks_of_events_before_it_only(verify: Verify) -> None:
    log = make_log(20)
    log.append(action="audit.erased", data={"events": [[1, 10**9]]})
    log.append()
    log.checkpoint()
    log.rows[21].erased = True
    assert first(verify(log)[1]) == ("erased", 21, 122)


@pytest.mark.parametrize("part", [b'"payload":null', b'"salt":null'])
def test_a_payload_or_salt_that_is_gone_and_not_marked_as_erased(verify: Verify, part: bytes) -> None:
    log = make_log()
    files = log.files()
    line = log.line(9)
    name = part.partition(b":")[0]
    start = line.index(name + b":") if name == b'"salt"' else line.index(b',"payload":{') + 1
    end = line.index(b',"salt"') if name == b'"payload"' else line.index(b',"erased"')
    files["events.jsonl"] = files["events.jsonl"].replace(line, line[:start] + part + line[end:])
    assert first(verify(files)[1]) == ("altered", 9, 110)


def test_an_erased_entry_that_still_has_its_payload(verify: Verify) -> None:
    log = make_log()
    files = log.files()
    line = log.line(9)
    files["events.jsonl"] = files["events.jsonl"].replace(line, line.replace(b'"erased":false', b'"erased":true'))
    assert first(verify(files)[1]) == ("altered", 9, 110)


# -- tree and checkpoints are rewritten


@pytest.mark.parametrize("attempt", ["old signatures", "another key", "another key in the bundle"])
def test_tree_and_checkpoints_are_rewritten_without_the_key(verify: Verify, attempt: str) -> None:
    log = make_log()
    log.rows[23].action = "review.rejected"
    stranger = SigningKey.generate(NODE_KEY.name)
    if attempt != "old signatures":
        log.key = stranger
    log.rebuild(sign_with=None if attempt == "old signatures" else stranger)
    if attempt == "another key in the bundle":
        log.keys = [stranger.verifier]
    status, answer = verify(log, "--key", KEY)
    assert status == 1
    assert "checkpoint" in {found["kind"] for found in answer["findings"]}
    assert (answer["first"]["kind"], answer["first"]["index"]) == (
        ("unvouched", 20) if attempt == "old signatures" else ("unvouched", 0)
    )


def test_with_a_copy_of_the_leaf_hashes_the_exact_entry_is_named(verify: Verify, tmp_path: Path) -> None:
    log = make_log()
    outside = write_folder(
        tmp_path / "outside", {"checkpoints.txt": log.copy(), "leaf_hashes.bin": log.leaf_hashes(50)}
    )
    log.rows[23].action = "review.rejected"
    log.rebuild(sign_with=None)
    status, answer = verify(log, "--key", KEY, "--copy", str(outside))
    assert (status, first(answer)) == (1, ("altered", 23, 124))


@pytest.mark.parametrize("with_hashes", [False, True])
def test_tree_and_checkpoints_are_rewritten_with_the_key(verify: Verify, tmp_path: Path, with_hashes: bool) -> None:
    log = make_log()
    kept = {"checkpoints.txt": log.copy()} | ({"leaf_hashes.bin": log.leaf_hashes(50)} if with_hashes else {})
    outside = write_folder(tmp_path / "outside", kept)
    log.rows[23].action = "review.rejected"
    log.rebuild(sign_with=NODE_KEY)
    assert verify(log, "--key", KEY)[0] == 0, "nothing shows it but what was kept outside"
    status, answer = verify(log, "--key", KEY, "--copy", str(outside))
    assert status == 1
    assert any("Two histories" in found["sentence"] for found in answer["findings"])
    assert first(answer) == (("altered", 23, 124) if with_hashes else ("altered", 20, None))
    if not with_hashes:
        assert answer["first"]["last"] == 29


def test_an_event_is_deleted_and_everything_rewritten_with_the_key(verify: Verify, tmp_path: Path) -> None:
    log = make_log()
    outside = write_folder(
        tmp_path / "outside", {"checkpoints.txt": log.copy(), "leaf_hashes.bin": log.leaf_hashes(50)}
    )
    del log.rows[23]
    log.rebuild(sign_with=NODE_KEY)
    status, answer = verify(log, "--key", KEY, "--copy", str(outside))
    assert status == 1
    assert (answer["first"]["kind"], answer["first"]["index"]) == ("missing", 23)


def test_the_list_of_hashes_is_changed_with_the_event_and_the_checkpoints_are_left(verify: Verify) -> None:
    log = make_log()
    log.rows[23].action = "review.rejected"
    signed, made = log.notes, log.checkpoints
    log.rebuild(sign_with=None)
    log.notes, log.checkpoints = signed, made
    status, answer = verify(log)
    assert status == 1
    assert (answer["first"]["index"], answer["first"]["last"]) == (20, 29)


@pytest.mark.parametrize("index", [0, 23, 49])
def test_without_the_list_of_hashes_a_change_is_found_between_two_checkpoints(verify: Verify, index: int) -> None:
    log = make_log()
    log.rows[index].action = "review.rejected"
    files = log.files()
    del files["leaf_hashes.bin"]
    status, answer = verify(files)
    start = index // 10 * 10
    assert status == 1
    assert (answer["first"]["kind"], answer["first"]["index"], answer["first"]["last"]) == ("altered", start, start + 9)


def test_without_the_list_of_hashes_what_the_lines_tell_is_exact(verify: Verify) -> None:
    untouched = make_log().files()
    del untouched["leaf_hashes.bin"]
    assert verify(untouched)[0] == 0
    for spoil, expected in (
        (lambda log: log.rows.pop(23), ("missing", 23)),
        (lambda log: log.rows.pop(49), ("missing", 49)),
        (lambda log: setattr(log.rows[23], "ip", None), ("altered", 23)),
    ):
        log = make_log()
        spoil(log)
        files = log.files()
        del files["leaf_hashes.bin"]
        answer = verify(files)[1]
        assert (answer["first"]["kind"], answer["first"]["index"]) == expected


# -- an older state


def cut_back(entries: int) -> tuple[SealedLog, SealedLog]:
    """The log as it was after `entries`, and as it is."""
    return make_log(entries), make_log(50)


@pytest.mark.parametrize("with_hashes", [False, True])
def test_an_older_backup_is_restored(verify: Verify, tmp_path: Path, with_hashes: bool) -> None:
    old, new = cut_back(30)
    kept = {"checkpoints.txt": new.copy()} | ({"leaf_hashes.bin": new.leaf_hashes(50)} if with_hashes else {})
    outside = write_folder(tmp_path / "outside", kept)
    files = old.files(made_after=1000)
    assert verify(files)[0] == 0, "an older log is a valid log"
    status, answer = verify(files, "--copy", str(outside))
    assert status == 1
    found = answer["first"]
    assert (found["kind"], found["index"], found["last"]) == ("missing", 30, 49)
    assert found["expected"] == (new.tree[0, 30].hex() if with_hashes else None)


def test_an_older_backup_is_restored_and_the_portal_goes_on(verify: Verify, tmp_path: Path) -> None:
    old, new = cut_back(30)
    for number in range(30):
        old.append(target_id=f"again {number}")
        if old.size % 10 == 0:
            old.checkpoint()
    copy = tmp_path / "copy.txt"
    copy.write_bytes(new.copy())
    status, answer = verify(old.files(made_after=1000), "--copy", str(copy))
    assert status == 1
    assert (answer["first"]["kind"], answer["first"]["index"], answer["first"]["last"]) == ("altered", 30, 39)


def test_a_bundle_that_is_older_than_the_copy_holds_and_says_so(verify: Verify, tmp_path: Path) -> None:
    old, new = cut_back(30)
    copy = tmp_path / "copy.txt"
    copy.write_bytes(new.copy())
    status, answer = verify(old.files(made_after=1), "--copy", str(copy), "--key", KEY)
    assert status == 0
    assert "goes on to 50 entries" in answer["remarks"][0]


def test_checkpoints_are_deleted_with_the_newest_events(verify: Verify) -> None:
    """Without a copy this is a valid older log, as the head of the verifier says; the manifest alone must not lie."""
    log = make_log()
    files = log.files()
    files["manifest.json"] = files["manifest.json"].replace(b'"tree_size": 50', b'"tree_size": 40')
    files["events.jsonl"] = b"".join(files["events.jsonl"].splitlines(keepends=True)[:40])
    status, answer = verify(files)
    assert status == 1
    assert (answer["first"]["kind"], answer["first"]["index"], answer["first"]["last"]) == ("missing", 40, 49)
