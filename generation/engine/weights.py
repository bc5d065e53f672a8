"""A model's folder and the hashes of its files.

`manifest.json` stands beside the weights. Its digest is the SHA-256 of the lines `<sha256>  <name>` in the order of the
names, so that `sha256sum` alone can check it.
"""

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from generation.engine.allowlist import file_names, read_settings
from generation.engine.errors import HashMismatch, WeightsCorrupt, WeightsMissing

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Description:
    """What people should know about a model. `languages` are BCP 47 tags, empty where nobody has said."""

    name: str
    title: str
    licence: str
    languages: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model's folder."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder held when it was made."""

    description: Description
    files: tuple[WeightFile, ...]

    @property
    def digest(self) -> str:
        """Return the SHA-256 that names the weights as a whole."""
        lines = "".join(f"{file.sha256}  {file.name}\n" for file in self.files)
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that is ready to load."""

    path: Path
    description: Description

    @classmethod
    def at(cls, path: Path) -> "ModelFolder":
        """Return the folder with its manifest's description, or with its own name where it has no manifest."""
        if (path / MANIFEST).exists():
            return cls(path, read_manifest(path).description)
        return cls(path, Description(path.name, path.name, "unknown", (), f"folder {path}"))


def read_manifest(folder: Path) -> Manifest:
    """Return the folder's manifest. Raises WeightsMissing where there is none, WeightsCorrupt where it is damaged."""
    path = folder / MANIFEST
    if not path.is_file():
        raise WeightsMissing(f"{folder} has no {MANIFEST}. Fetch the model again.")
    try:
        stored = read_settings(path)
        described = dict(stored["description"])  # type: ignore[call-overload]
        described["languages"] = tuple(described["languages"])
        files = tuple(WeightFile(**file) for file in stored["files"])  # type: ignore[attr-defined]
        manifest = Manifest(Description(**described), files)
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsCorrupt(f"{path} is damaged ({error}). Fetch the model again.") from error
    if stored.get("digest") != manifest.digest:
        raise HashMismatch(file=MANIFEST, expected=str(stored.get("digest")), found=manifest.digest)
    return manifest


def write_manifest(folder: Path, description: Description) -> Manifest:
    """Hash the folder's files and record them beside them."""
    manifest = measure(folder, description)
    stored = {"digest": manifest.digest, **asdict(manifest)}
    (folder / MANIFEST).write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def verify(folder: ModelFolder) -> Manifest:
    """Return the manifest of what the folder holds now, hashing every byte.

    With a recorded manifest, raises HashMismatch naming the altered file, WeightsMissing naming the missing one, and
    WeightsCorrupt naming a file that was added. Without one, the measurement itself is returned.
    """
    found = measure(folder.path, folder.description)
    if not (folder.path / MANIFEST).exists():
        return found
    recorded = read_manifest(folder.path)
    now = {file.name: file.sha256 for file in found.files}
    for file in recorded.files:
        if file.name not in now:
            raise WeightsMissing(f"The file {file.name} is gone from {folder.path}. Fetch the model again.")
        if (sha256 := now.pop(file.name)) != file.sha256:
            raise HashMismatch(file=file.name, expected=file.sha256, found=sha256)
    if now:
        raise WeightsCorrupt(f"The file {min(now)} does not belong into {folder.path}. Remove it.")
    return recorded


def measure(folder: Path, description: Description) -> Manifest:
    """Return the manifest of the folder's files as they are."""
    names = [name for name in file_names(folder) if name != MANIFEST]
    files = [WeightFile(name, (folder / name).stat().st_size, sha256_of(folder / name)) for name in names]
    return Manifest(description, tuple(files))


def sha256_of(path: Path) -> str:
    """Return the file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def publish(prepared: Path, target: Path) -> None:
    """Put the prepared folder in the place of `target`, so that after a crash there is a whole model or none."""
    for name in file_names(prepared):
        flush(prepared / name)
    flush(prepared)
    if target.exists():
        shutil.rmtree(target)
    prepared.rename(target)
    flush(target.parent)


def flush(path: Path) -> None:
    """Wait until the file's or folder's contents are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
