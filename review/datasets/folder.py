"""Where finished data sets live: `datasets/<digest>/`, all of it or nothing."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from review.datasets.manifest import MANIFEST

ROOT = "datasets"


@dataclass(frozen=True)
class Attempt:
    """Who publishes: one claim of one job. `stop_if_lost` raises where the job is not this attempt's any more."""

    job: int
    number: int
    token: str
    stop_if_lost: Callable[[], None]

    @property
    def folder(self) -> str:
        """Where its files grow. No other attempt writes there."""
        return f"{ROOT}/.unfinished-{self.job}-{self.number}-{self.token}"


def publish(digest: str, files: Mapping[str, Path], attempt: Attempt) -> None:
    """Store the files under the digest; what is there and whole is left as it is.

    `files` ends with the manifest. On a file system the folder appears by one rename, so that a killed worker or a
    full disk (OSError) leaves nothing to see; files that a finished folder has lost are replaced one by one.
    """
    storage = storages["default"]
    folder = f"{ROOT}/{digest}"
    if isinstance(storage, FileSystemStorage):
        remove_earlier(storage, attempt)
        if not all(is_whole(storage, folder, name, source) for name, source in files.items()):
            publish_by_rename(storage, folder, files, attempt)
    else:
        save_missing(storage, folder, files)


def is_whole(storage: Storage, folder: str, name: str, source: Path) -> bool:
    """Whether the stored file is there in full. The digest vouches for its content."""
    path = f"{folder}/{name}"
    if not storage.exists(path):
        return False
    return is_json(storage, path) if name == MANIFEST else storage.size(path) == source.stat().st_size


def is_json(storage: Storage, path: str) -> bool:
    """The manifest's own size says nothing: it may name another selection that gave the same files."""
    try:
        with storage.open(path, "rb") as file:
            json.load(file)
    except ValueError:
        return False
    return True


def remove_earlier(storage: FileSystemStorage, attempt: Attempt) -> None:
    """Remove what earlier attempts of the job left. Each is moved away first: one that still runs, taken for dead,
    can then not publish what is left of it."""
    for folder in list(Path(storage.path(ROOT)).glob(f".unfinished-{attempt.job}-*")):
        if int(folder.name.split("-")[2]) < attempt.number:
            with suppress(OSError):
                shutil.rmtree(folder.rename(folder.with_name(f"{folder.name}-removed")), ignore_errors=True)


def publish_by_rename(storage: FileSystemStorage, folder: str, files: Mapping[str, Path], attempt: Attempt) -> None:
    growing, final = Path(storage.path(attempt.folder)), Path(storage.path(folder))
    try:
        for name, source in files.items():
            with source.open("rb") as file:
                storage.save(f"{attempt.folder}/{name}", File(file))
            sync(growing / name)
        sync(growing)
        attempt.stop_if_lost()
        refuse_half(growing, files)
        try:
            growing.rename(final)
        except OSError:
            if not final.is_dir():
                raise
            for name, source in files.items():  # published meanwhile, or long ago and damaged since
                if not is_whole(storage, folder, name, source):
                    (growing / name).replace(final / name)
            sync(final)
        sync(final.parent)
    finally:
        shutil.rmtree(growing, ignore_errors=True)


def refuse_half(growing: Path, files: Mapping[str, Path]) -> None:
    """Raises OSError unless the folder holds exactly these files in full."""
    expected = {name: source.stat().st_size for name, source in files.items()}
    if {path.name: path.stat().st_size for path in growing.iterdir()} != expected:
        raise OSError(errno.EIO, "files vanished before the data set was published", str(growing))


def save_missing(storage: Storage, folder: str, files: Mapping[str, Path]) -> None:
    """For object stores, whose writes are all or nothing."""
    for name, source in files.items():
        if not is_whole(storage, folder, name, source):
            storage.delete(f"{folder}/{name}")  # or it would be stored under another name
            with source.open("rb") as file:
                storage.save(f"{folder}/{name}", File(file))


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_file(digest: str, name: str) -> File[bytes]:
    """A file of a finished data set, open for reading. Raises FileNotFoundError where the storage lost it."""
    return storages["default"].open(f"{ROOT}/{digest}/{name}", "rb")
