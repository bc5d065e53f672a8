"""Where finished data sets live: `datasets/<digest>/`, all of it or nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from review.datasets.manifest import MANIFEST

ROOT = "datasets"


def publish(digest: str, files: Mapping[str, Path], job: int) -> None:
    """Store the files under the digest; a folder that is complete is left as it is.

    `files` ends with the manifest, which makes the folder count. On a file system the folder appears by one rename,
    so that a killed worker or a full disk (OSError) leaves nothing to see. `job` names the folder it grows in.
    """
    storage = storages["default"]
    folder = f"{ROOT}/{digest}"
    if storage.exists(f"{folder}/{MANIFEST}"):
        return
    if isinstance(storage, FileSystemStorage):
        publish_by_rename(storage, folder, files, f"{ROOT}/.unfinished-{job}")
    else:
        save_missing(storage, folder, files)


def publish_by_rename(storage: FileSystemStorage, folder: str, files: Mapping[str, Path], unfinished: str) -> None:
    growing, final = Path(storage.path(unfinished)), Path(storage.path(folder))
    shutil.rmtree(growing, ignore_errors=True)  # an earlier attempt that was killed
    try:
        for name, source in files.items():
            with source.open("rb") as file:
                storage.save(f"{unfinished}/{name}", File(file))
            sync(growing / name)
        sync(growing)
        try:
            growing.rename(final)
        except OSError:
            if not (final / MANIFEST).exists():  # another worker published the same data set meanwhile
                raise
        sync(final.parent)
    finally:
        shutil.rmtree(growing, ignore_errors=True)


def save_missing(storage: Storage, folder: str, files: Mapping[str, Path]) -> None:
    """For object stores, whose writes are all or nothing. The digest vouches for what an earlier attempt left."""
    for name, source in files.items():
        if not storage.exists(f"{folder}/{name}"):
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
