"""One export from claim to files. Another attempt of the same selection gives the same bytes."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import DatabaseError, connection, transaction

from aigc_portal.audit.transitions import StaleState
from aigc_portal.jobs.leases import Lease, claim, held
from review.datasets.errors import ExportError, NothingToExport, StorageBroken, StorageFull
from review.datasets.folder import Attempt, publish
from review.datasets.manifest import MANIFEST, Census, manifest_bytes, manifest_of
from review.datasets.models import DatasetExport
from review.datasets.plan import plan_rows
from review.datasets.progress import Progress, report
from review.datasets.row_writer import RowWriter
from review.datasets.rows import canonical_line, render_rows, split_of
from review.datasets.selection import Selection

logger = logging.getLogger(__name__)

SPLITS = ("train", "test")
REPORT_SECONDS = 0.5
Watch = Callable[[int, int], None]


class LeaseLost(Exception):
    """The export was cancelled or taken over; what this worker has made is thrown away."""


@dataclass(frozen=True)
class BuiltDataset:
    files: dict[str, Path]
    manifest: dict[str, Any]


def execute(export_id: int) -> None:
    """Claim the export, write its files and close it; return quietly where it is not ours to make."""
    export = claim(DatasetExport, export_id)
    if export is None:
        return
    try:
        with held(export) as lease:
            make(export, lease)
    except (StaleState, LeaseLost):
        logger.info("export %s was cancelled or taken over; this worker's files are discarded", export_id)


def make(export: DatasetExport, lease: Lease) -> None:
    """Files first, then the end of the job, fenced by the lease."""
    try:
        manifest = write(export, lease)
    except ExportError as error:
        fail(export, lease, error)
    except (LeaseLost, StaleState, DatabaseError):
        raise  # without the database nothing can be said; the sweeper starts another attempt
    except Exception:
        logger.exception("export %s failed", export.pk)
        fail(export, lease, ExportError())
    else:
        lease.finish(
            export.Status.SUCCEEDED,
            row_count=manifest["counts"]["rows"],
            digest=manifest["digest"],
            manifest=manifest,
            data={"digest": manifest["digest"], "rows": manifest["counts"]["rows"]},
        )


def fail(export: DatasetExport, lease: Lease, error: ExportError) -> None:
    lease.finish(export.Status.FAILED, error_code=error.code, error=error.sentence, data={"code": error.code})


def write(export: DatasetExport, lease: Lease) -> dict[str, Any]:
    """Build the data set beside the storage, then publish it. Returns its manifest.

    What was just decided can be taken back for some seconds; it is waited for, so that asking at once misses nothing.
    """
    began = reported = time.monotonic()

    def stop_if_lost() -> None:
        if lease.lost.is_set():
            raise LeaseLost

    def watch(done: int, total: int) -> None:
        nonlocal reported
        stop_if_lost()
        now = time.monotonic()
        if now - reported >= REPORT_SECONDS:
            reported = now
            report(export.pk, Progress(done, total, now - began))

    selection = Selection.of(export)
    lease.lost.wait(selection.seconds_until_final())
    stop_if_lost()
    try:
        with TemporaryDirectory(prefix="dataset-") as folder:
            with snapshot():
                built = build(export.type, selection, Path(folder), watch)
            attempt = Attempt(export.pk, export.attempt, str(export.lease_token), stop_if_lost)
            publish(built.manifest["digest"], built.files, attempt)
            return built.manifest
    except OSError as error:
        logger.exception("export %s could not be written", export.pk)
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (StorageFull if full else StorageBroken)() from error


@contextmanager
def snapshot() -> Iterator[None]:
    """One view of the database from the first query to the last, whatever is decided meanwhile."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def build(type: str, selection: Selection, folder: Path, watch: Watch) -> BuiltDataset:
    """Write the data set's files into the folder. Raises NothingToExport; `watch(done, total)` may raise to stop."""
    planned = plan_rows(type, selection, final=True)
    if not planned:
        raise NothingToExport
    census = Census()
    with ExitStack() as stack:
        writers = {split: stack.enter_context(RowWriter.open(folder / f"{split}.jsonl")) for split in SPLITS}
        for done, (row, fields) in enumerate(render_rows(type, planned)):
            watch(done, len(planned))
            writers[split_of(row.brief_id)].write(canonical_line(fields))
            census.add(row)
    manifest = manifest_of(type, selection, [writer.described() for writer in writers.values()], census)
    files = {file["name"]: folder / file["name"] for file in manifest["files"]} | {MANIFEST: folder / MANIFEST}
    files[MANIFEST].write_bytes(manifest_bytes(manifest))
    return BuiltDataset(files, manifest)
