"""Nothing but complete data sets is ever seen, whatever kills the worker."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, InMemoryStorage, storages
from django.test import override_settings

from review.datasets.folder import Attempt, open_file, publish

DIGEST = "d" * 64
FILES = {"test.jsonl": b"", "train.jsonl": b'{"prompt":[]}\n' * 1000, "manifest.json": b"{}\n"}
COMPLETE = {f"datasets/{DIGEST}/{name}": content for name, content in FILES.items()}

KILLED_AT = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from django.core.files.storage import FileSystemStorage
from review.datasets import folder

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def die_at_second_file(self, name, content, *, save=FileSystemStorage._save):
    return die() if name.endswith("train.jsonl") else save(self, name, content)

def die_halfway(self, name, content, *, save=FileSystemStorage._save):
    if name.endswith("train.jsonl"):
        Path(self.path(name)).write_bytes(content.read()[:100])
        die()
    return save(self, name, content)

match sys.argv[1]:
    case "between files":
        FileSystemStorage._save = die_at_second_file
    case "inside a file":
        FileSystemStorage._save = die_halfway
    case "before the rename":
        Path.rename = die
sources = {path.name: path for path in map(Path, sys.argv[3:])}
folder.publish(sys.argv[2], sources, folder.Attempt(7, 1, "a", lambda: None))
"""


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "sources").mkdir()
    for name, content in FILES.items():
        (tmp_path / "sources" / name).write_bytes(content)
    return {name: tmp_path / "sources" / name for name in FILES}


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.mark.parametrize("moment", ["between files", "inside a file", "before the rename"])
def test_a_killed_worker_leaves_nothing_to_see(moment: str, sources: dict[str, Path], var: Path) -> None:
    command = [sys.executable, "-c", KILLED_AT, moment, DIGEST, *map(str, sources.values())]
    environment = os.environ | {"PORTAL_VAR": str(var), "DJANGO_SETTINGS_MODULE": "aigc_portal.settings"}
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    assert not (var / "media" / "datasets" / DIGEST).exists()
    with override_settings(MEDIA_ROOT=var / "media"):
        publish(DIGEST, sources, attempt(7, 2))  # the next attempt of the same job
    assert stored(var / "media") == COMPLETE


def attempt(job: int, number: int = 1, stop_if_lost: Callable[[], None] = lambda: None) -> Attempt:
    return Attempt(job, number, f"{job}{number}", stop_if_lost)


def stored(media: Path) -> dict[str, bytes]:
    return {str(path.relative_to(media)): path.read_bytes() for path in media.rglob("*") if path.is_file()}


def test_two_workers_publish_the_same(
    sources: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second loses the race between its look and its rename, and uses what is there."""
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        storage = storages["default"]
        exists = storage.exists

        def publish_first(name: str) -> bool:
            monkeypatch.setattr(storage, "exists", exists)
            publish(DIGEST, sources, attempt(1))
            return False

        monkeypatch.setattr(storage, "exists", publish_first)
        publish(DIGEST, sources, attempt(2))
    assert stored(tmp_path / "media") == COMPLETE


def test_an_attempt_whose_folder_was_cleared_publishes_nothing(
    sources: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood still after its first file; the next attempt took over and failed."""
    save, saved = FileSystemStorage._save, []  # type: ignore[attr-defined]

    def full(name: str, content: File[bytes]) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    def stand_still(self: FileSystemStorage, name: str, content: File[bytes]) -> str:
        saved.append(name)
        if len(saved) == 2:
            with monkeypatch.context() as patch:
                patch.setattr(self, "_save", full)
                with pytest.raises(OSError, match="No space"):
                    publish(DIGEST, sources, attempt(1, 2))
        return str(save(self, name, content))

    monkeypatch.setattr(FileSystemStorage, "_save", stand_still)
    with override_settings(MEDIA_ROOT=tmp_path / "media"), pytest.raises(OSError, match="vanished"):
        publish(DIGEST, sources, attempt(1, 1))
    assert stored(tmp_path / "media") == {}


def test_a_late_attempt_leaves_the_folder_of_a_newer_one(sources: dict[str, Path], tmp_path: Path) -> None:
    with override_settings(MEDIA_ROOT=tmp_path):
        newer = tmp_path / attempt(1, 2).folder
        newer.mkdir(parents=True)
        publish(DIGEST, sources, attempt(1, 1))
        assert newer.exists()
        publish(DIGEST, sources, attempt(1, 3))
        assert not newer.exists()


def test_looks_at_the_lease_before_the_rename(sources: dict[str, Path], tmp_path: Path) -> None:
    class Lost(Exception):
        pass

    def stop() -> None:
        assert len(stored(tmp_path / "media")) == len(FILES)
        raise Lost

    with override_settings(MEDIA_ROOT=tmp_path / "media"), pytest.raises(Lost):
        publish(DIGEST, sources, attempt(1, stop_if_lost=stop))
    assert stored(tmp_path / "media") == {}


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a file is lost": lambda folder: (folder / "train.jsonl").unlink(),
    "a file is cut": lambda folder: (folder / "train.jsonl").write_bytes(FILES["train.jsonl"][:100]),
    "the manifest is lost": lambda folder: (folder / "manifest.json").unlink(),
    "the manifest is cut": lambda folder: (folder / "manifest.json").write_bytes(b"{"),
    "all is lost": shutil.rmtree,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_mended(damage: str, sources: dict[str, Path], tmp_path: Path) -> None:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        publish(DIGEST, sources, attempt(1))
        whole = tmp_path / "media" / "datasets" / DIGEST / "test.jsonl"
        before = whole.stat().st_ino
        DAMAGES[damage](whole.parent)
        publish(DIGEST, sources, attempt(2))
        assert damage == "all is lost" or whole.stat().st_ino == before
    assert stored(tmp_path / "media") == COMPLETE


class Bucket(InMemoryStorage):
    """Stands in for an object store."""

    saved: ClassVar[list[str]] = []

    def _save(self, name: str, content: File[bytes]) -> str:
        self.saved.append(Path(name).name)
        return str(super()._save(name, content))  # type: ignore[misc]


def test_an_object_store_gets_the_manifest_last(sources: dict[str, Path]) -> None:
    with override_settings(STORAGES={"default": {"BACKEND": f"{__name__}.Bucket"}}):
        publish(DIGEST, sources, attempt(1))
        publish(DIGEST, sources, attempt(2))
        assert Bucket.saved == ["test.jsonl", "train.jsonl", "manifest.json"]
        storages["default"].delete(f"datasets/{DIGEST}/train.jsonl")
        storages["default"].save(f"datasets/{DIGEST}/train.jsonl", ContentFile(b"{"))
        publish(DIGEST, sources, attempt(3))
        with open_file(DIGEST, "train.jsonl") as file:
            assert file.read() == FILES["train.jsonl"]
