"""Taking a finished data set away: one of its files, its manifest, or all of them as one zip."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.problems import Refused
from review.datasets.actions import record_download
from review.datasets.archive import BLOCK, zipped
from review.datasets.folder import open_file
from review.datasets.manifest import MANIFEST, manifest_bytes
from review.datasets.models import DatasetExport

ARCHIVE = "dataset.zip"
CONTENT_TYPES = {"jsonl": "application/x-ndjson", "json": "application/json", "zip": "application/zip"}
Opener = Callable[[], BinaryIO]


@dataclass(frozen=True)
class Download:
    """`size` is None where it is not known before the end."""

    filename: str
    content_type: str
    size: int | None
    blocks: Iterator[bytes]


def download(*, actor: User, export: DatasetExport, name: str) -> Download:
    """The file of this name and its event. Raises Refused: not ready, no such file (404), gone from the storage."""
    require_role(actor, export.team_id, Role.ENGINEER)
    if export.status != export.Status.SUCCEEDED:
        raise Refused("export_not_ready", _("This export has no files: it has not succeeded."))
    openers = openers_of(export)
    if name != ARCHIVE and name not in openers:
        raise Refused("no_such_file", _("This data set has no file of that name."), 404)
    wanted = openers if name == ARCHIVE else {name: openers[name]}
    try:
        for opener in wanted.values():
            opener().close()
    except FileNotFoundError:
        detail = _("The files of this data set are gone from the storage. Export the same selection again.")
        raise Refused("files_missing", detail) from None
    record_download(actor=actor, export=export, name=name)
    stem, _dot, ending = name.partition(".")
    return Download(
        filename=f"dataset-{export.digest[:12]}{'' if name == ARCHIVE else f'-{stem}'}.{ending}",
        content_type=CONTENT_TYPES[ending],
        size=size_of(export, name),
        blocks=zipped(wanted.items()) if name == ARCHIVE else blocks_of(wanted[name]),
    )


def openers_of(export: DatasetExport) -> dict[str, Opener]:
    """The files in the order of the zip. The manifest is the export's own: the folder's may name another selection
    that gave the same files."""
    names = [file["name"] for file in export.manifest["files"]]
    files = {name: cast(Opener, partial(open_file, export.digest, name)) for name in names}
    return files | {MANIFEST: lambda: io.BytesIO(manifest_bytes(export.manifest))}


def size_of(export: DatasetExport, name: str) -> int | None:
    if name == MANIFEST:
        return len(manifest_bytes(export.manifest))
    return next((file["size"] for file in export.manifest["files"] if file["name"] == name), None)


def blocks_of(opener: Opener) -> Iterator[bytes]:
    with opener() as source:
        while block := source.read(BLOCK):
            yield block
