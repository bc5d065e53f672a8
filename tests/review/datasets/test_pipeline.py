from __future__ import annotations

import errno
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import override_settings

from aigc_portal.audit.models import AuditEvent
from aigc_portal.celery import app
from aigc_portal.jobs import leases
from aigc_portal.jobs.leases import take_back
from generation.models import Brief
from review.actions import decisions
from review.actions.undo import undo_verdict
from review.datasets import pipeline, selection
from review.datasets.actions import cancel_export, create_export, retry_export
from review.datasets.models import DatasetExport
from review.datasets.pipeline import execute
from review.datasets.selection import Selection
from review.models import Review
from tests.cast import Cast
from tests.review.datasets.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast)


@pytest.fixture(autouse=True)
def media(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path):
        yield tmp_path


def exported(cast: Cast, type: str = "prompt-completion", **filters: Any) -> DatasetExport:
    export = requested(cast, type, **filters)
    execute(export.pk)
    export.refresh_from_db()
    return export


def requested(cast: Cast, type: str = "prompt-completion", **filters: Any) -> DatasetExport:
    return create_export(actor=cast.engineer, type=type, selection=Selection(cast.team.pk, **filters))


def files_of(media: Path, export: DatasetExport) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (media / "datasets" / export.digest).iterdir()}


def left_behind(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_writes_rows_and_manifest(desk: Desk, media: Path) -> None:
    first = desk.approve(desk.draft("Good."))
    second = desk.approve(desk.draft("Almost. 差一点。"), corrected="Right. 对了。")
    desk.reject(desk.draft("Bad."))
    export = exported(desk.cast, "unpaired-preference", language="en")
    assert export.status == "SUCCEEDED"
    assert export.row_count == 4
    files = files_of(media, export)
    assert set(files) == {"train.jsonl", "test.jsonl", "manifest.json"}
    manifest = json.loads(files["manifest.json"])
    assert manifest == export.manifest
    assert manifest["type"] == "unpaired-preference"
    assert manifest["filters"] == {"language": "en"}
    assert manifest["counts"] == {
        "rows": 4,
        "briefs": 1,
        "reviews": 3,
        "rows_by_language": {"en": 4},
        "rows_by_decision": {"approved": 1, "corrected": 2, "rejected": 1},
    }
    assert manifest["review_ids"][:2] == [first.pk, second.pk]
    for file in manifest["files"]:
        content = files[file["name"]]
        assert file["size"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["rows"] == content.count(b"\n")
    assert sum(file["rows"] for file in manifest["files"]) == 4
    lines = (files["train.jsonl"] + files["test.jsonl"]).decode().splitlines()
    assert [json.loads(line) for line in lines] == desk.rows("unpaired-preference")
    assert "差一点" in files["train.jsonl"].decode() + files["test.jsonl"].decode()


def test_digest_is_that_of_sha256sum(desk: Desk, media: Path) -> None:
    desk.approve(desk.draft("Good."))
    export = exported(desk.cast)
    files = files_of(media, export)
    listing = "".join(f"{hashlib.sha256(files[n]).hexdigest()}  {n}\n" for n in ("test.jsonl", "train.jsonl"))
    assert export.digest == hashlib.sha256(listing.encode()).hexdigest()
    assert export.manifest["digest"] == export.digest


def test_the_same_selection_gives_the_same_bytes(desk: Desk, media: Path) -> None:
    desk.approve(desk.draft("Good."))
    desk.reject(desk.draft("Bad."))
    first = exported(desk.cast, "preference", language="en")
    kept = files_of(media, first)
    (media / "datasets" / first.digest).rename(media / "away")
    second = exported(desk.cast, "preference", language="en")
    assert files_of(media, second) == kept
    assert second.digest == first.digest


def test_a_decision_outside_the_filter_changes_no_byte(desk: Desk, media: Path) -> None:
    desk.approve(desk.draft("Good."))
    first = exported(desk.cast, prompt_id=desk.brief.prompt_version.prompt_id)
    kept = files_of(media, first)
    private = Desk(desk.cast, consent=False)
    private.approve(private.draft("Private."))
    desk.ask_for_changes(desk.draft("Half."))
    second = exported(desk.cast, prompt_id=desk.brief.prompt_version.prompt_id)
    assert (second.digest, files_of(media, second)) == (first.digest, kept)


def test_a_new_decision_gives_another_digest(desk: Desk) -> None:
    desk.approve(desk.draft("Good."))
    first = exported(desk.cast)
    desk.approve(desk.draft("Good too."))
    assert exported(desk.cast).digest != first.digest


def test_an_identical_folder_is_reused(desk: Desk, media: Path) -> None:
    desk.approve(desk.draft("Good."))
    folder = media / "datasets" / exported(desk.cast).digest
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    exported(desk.cast)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert [path.name for path in (media / "datasets").iterdir()] == [folder.name]


def test_events_are_written(desk: Desk) -> None:
    desk.approve(desk.draft("Good."))
    export = exported(desk.cast)
    events = AuditEvent.objects.about(export).order_by("pk")
    assert [event.action for event in events] == ["dataset.requested", "dataset.running", "dataset.succeeded"]
    assert events[0].actor == desk.cast.engineer
    assert events[2].data["digest"] == export.digest


def test_nothing_left_to_export(desk: Desk, media: Path) -> None:
    """It was there when it was asked for; consent was withdrawn since."""
    desk.approve(desk.draft("Good."))
    export = requested(desk.cast)
    Brief.objects.update(training_consent=False)
    execute(export.pk)
    export.refresh_from_db()
    assert (export.status, export.error_code) == ("FAILED", "nothing_to_export")
    assert export.error.startswith("Nothing in this selection")
    assert left_behind(media) == []


class FullDisk(FileSystemStorage):
    """The second file does not fit any more; half of it is there already."""

    def _save(self, name: str, content: Any) -> str:
        if name.endswith("train.jsonl"):
            Path(self.path(name)).write_bytes(content.read()[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return str(super()._save(name, content))  # type: ignore[misc]


def test_a_full_disk_fails_and_leaves_nothing(desk: Desk, media: Path) -> None:
    desk.approve(desk.draft("Good."))
    expected = exported(desk.cast)
    kept = files_of(media, expected)
    (media / "datasets" / expected.digest).rename(media.parent / f"{media.name}-away")
    storages = {"default": {"BACKEND": f"{__name__}.FullDisk"}}
    with override_settings(STORAGES=storages):
        export = exported(desk.cast)
    assert (export.status, export.error_code, export.digest) == ("FAILED", "storage_full", "")
    assert left_behind(media) == []
    again = retry_export(actor=desk.cast.engineer, export=export)
    execute(again.pk)
    again.refresh_from_db()
    assert files_of(media, again) == kept


def test_unwritable_storage_fails(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.approve(desk.draft("Good."))

    def refuse(*args: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(pipeline, "publish", refuse)
    assert exported(desk.cast).error_code == "storage_broken"


def test_an_unforeseen_error_fails_with_a_sentence(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk.approve(desk.draft("Good."))

    def fall(*args: Any) -> None:
        raise KeyError("draft")

    monkeypatch.setattr(pipeline, "build", fall)
    with caplog.at_level(logging.CRITICAL):
        export = exported(desk.cast)
    assert (export.status, export.error_code) == ("FAILED", "export_failed")


def test_without_the_database_the_sweeper_decides(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.approve(desk.draft("Good."))
    export = requested(desk.cast)

    def gone(*args: Any) -> None:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(pipeline, "build", gone)
    with pytest.raises(OperationalError):
        execute(export.pk)
    export.refresh_from_db()
    assert export.status == "RUNNING"


def test_a_cancelled_export_stops(desk: Desk, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.approve(desk.draft("Good."))
    export = requested(desk.cast)
    in_the_middle(monkeypatch, lambda: cancel_export(actor=desk.cast.engineer, export=fresh(export)))
    execute(export.pk)
    export.refresh_from_db()
    assert (export.status, export.digest, export.row_count) == ("CANCELLED", "", None)


def test_a_worker_that_was_taken_for_dead_publishes_nothing_half(
    desk: Desk, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first stands still before its manifest; the second has one file when the first goes on."""
    desk.approve(desk.draft("Good."))
    export = requested(desk.cast)
    halfway, first_ended, workers = threading.Event(), threading.Event(), [threading.current_thread()]
    save = FileSystemStorage._save  # type: ignore[attr-defined]

    def stand_still(self: FileSystemStorage, name: str, content: Any) -> str:
        first = threading.current_thread() is workers[0]
        if first and name.endswith("manifest.json"):
            DatasetExport.objects.update(lease_until=Now() - timedelta(minutes=1))
            take_back(fresh(export))
            workers.append(threading.Thread(target=run_apart, args=(lambda: execute(export.pk),)))
            workers[1].start()
            assert halfway.wait(10)
        elif not first and name.endswith("train.jsonl"):
            halfway.set()
            assert first_ended.wait(10)
        return str(save(self, name, content))

    monkeypatch.setattr(FileSystemStorage, "_save", stand_still)
    monkeypatch.setattr(leases, "WATCH_SECONDS", 60)  # the first does not learn in time that it lost its lease
    execute(export.pk)
    first_ended.set()
    workers[1].join()
    export.refresh_from_db()
    assert (export.status, export.attempt) == ("SUCCEEDED", 2)
    files = files_of(media, export)
    assert {file["name"]: len(files[file["name"]]) for file in export.manifest["files"]} == {
        file["name"]: file["size"] for file in export.manifest["files"]
    }
    assert [path.name for path in (media / "datasets").iterdir()] == [export.digest]


def test_a_file_that_is_gone_comes_back_with_the_next_export(desk: Desk, media: Path) -> None:
    desk.approve(desk.draft("Good."))
    first = exported(desk.cast)
    kept = files_of(media, first)
    (media / "datasets" / first.digest / "train.jsonl").unlink()
    assert files_of(media, exported(desk.cast)) == kept


def test_the_task_is_the_one_that_the_doorbell_rings(desk: Desk) -> None:
    desk.approve(desk.draft("Good."))
    export = requested(desk.cast)
    app.loader.import_default_modules()
    task = app.tasks[DatasetExport.TASK]
    task.run(export.pk)
    assert fresh(export).status == "SUCCEEDED"
    task.run(999_999)  # a vanished row is no error


def test_a_claimed_export_is_left_alone(desk: Desk) -> None:
    desk.approve(desk.draft("Good."))
    export = exported(desk.cast)
    execute(export.pk)
    assert fresh(export).attempt == 1


def test_one_snapshot_while_decisions_land(desk: Desk, monkeypatch: pytest.MonkeyPatch, media: Path) -> None:
    for number in range(3):
        desk.approve(desk.draft(f"Good {number}."))
    desk.reject(desk.draft("Bad."))
    before = [json.dumps(row, sort_keys=True) for row in desk.rows("preference")]

    def decide() -> None:
        desk.reject(desk.draft("Bad too."))
        desk.approve(desk.draft("Good too."))
        Brief.objects.update(training_consent=False)

    export = requested(desk.cast, "preference")
    in_the_middle(monkeypatch, decide)
    execute(export.pk)
    export.refresh_from_db()
    files = files_of(media, export)
    lines = (files["test.jsonl"] + files["train.jsonl"]).decode().splitlines()
    assert [json.dumps(json.loads(line), sort_keys=True) for line in lines] == before
    assert export.row_count == 3


def just_decided(desk: Desk) -> Review:
    review = desk.claimed(desk.draft("Good."))
    decisions.approve(actor=desk.cast.reviewer, review=review, sha256=review.draft.sha256)
    return review


def test_what_was_just_decided_is_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "FINAL_AFTER", timedelta(milliseconds=200))
    review = just_decided(desk)
    left = Selection(desk.cast.team.pk).seconds_until_final()
    assert 0 < left <= 0.2
    assert exported(desk.cast).manifest["review_ids"] == [review.pk]
    assert Selection(desk.cast.team.pk).seconds_until_final() == 0


def test_a_decision_that_can_be_taken_back_is_in_no_data_set(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, media: Path
) -> None:
    """Decided while the export waited for an older one: it comes with the next export."""
    desk.approve(desk.draft("Settled."))
    review = just_decided(desk)
    monkeypatch.setattr(Selection, "seconds_until_final", lambda self: 0.0)
    assert review.pk not in exported(desk.cast).manifest["review_ids"]
    undo_verdict(actor=desk.cast.reviewer, feedback=review.feedback.get())
    assert review.pk not in exported(desk.cast).manifest["review_ids"]


def test_a_cancelled_export_waits_no_longer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    just_decided(desk)
    export = requested(desk.cast)
    monkeypatch.setattr(leases, "WATCH_SECONDS", 0.05)
    seconds = Selection.seconds_until_final

    def cancel_meanwhile(self: Selection) -> float:
        cancel_export(actor=desk.cast.engineer, export=fresh(export))
        return seconds(self)

    monkeypatch.setattr(Selection, "seconds_until_final", cancel_meanwhile)
    began = time.monotonic()
    execute(export.pk)
    assert fresh(export).status == "CANCELLED"
    assert time.monotonic() - began < 5


def in_the_middle(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Run `act` on a connection of its own after the first query of the snapshot."""
    reviews = Selection.final_reviews
    acted: list[bool] = []

    def first_query(self: Selection) -> Any:
        found = reviews(self)
        if not acted:
            acted.append(True)
            found.exists()
            thread = threading.Thread(target=run_apart, args=(act,))
            thread.start()
            thread.join()
        return found

    monkeypatch.setattr(Selection, "final_reviews", first_query)


def run_apart(act: Callable[[], object]) -> None:
    try:
        act()
    finally:
        connection.close()


def fresh(export: DatasetExport) -> DatasetExport:
    return DatasetExport.objects.get(pk=export.pk)
