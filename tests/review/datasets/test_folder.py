"""Nothing but complete data sets is ever seen, whatever kills the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from django.core.files import File
from django.core.files.storage import InMemoryStorage, storages
from django.test import override_settings

from review.datasets.folder import open_file, publish

DIGEST = "d" * 64
FILES = {"test.jsonl": b"", "train.jsonl": b'{"prompt":[]}\n' * 1000, "manifest.json": b"{}\n"}

KILLED_AT = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from django.core.files import File
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
folder.publish(sys.argv[2], sources, 7)
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
        publish(DIGEST, sources, 7)  # the next attempt of the same job
    assert stored(var / "media") == {f"datasets/{DIGEST}/{name}": content for name, content in FILES.items()}


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
            publish(DIGEST, sources, 1)
            return False

        monkeypatch.setattr(storage, "exists", publish_first)
        publish(DIGEST, sources, 2)
    assert stored(tmp_path / "media") == {f"datasets/{DIGEST}/{name}": content for name, content in FILES.items()}


class Bucket(InMemoryStorage):
    """Stands in for an object store."""

    saved: ClassVar[list[str]] = []

    def _save(self, name: str, content: File[bytes]) -> str:
        self.saved.append(Path(name).name)
        return str(super()._save(name, content))  # type: ignore[misc]


def test_an_object_store_gets_the_manifest_last(sources: dict[str, Path]) -> None:
    with override_settings(STORAGES={"default": {"BACKEND": f"{__name__}.Bucket"}}):
        publish(DIGEST, sources, 1)
        publish(DIGEST, sources, 2)
        assert Bucket.saved == ["test.jsonl", "train.jsonl", "manifest.json"]
        with open_file(DIGEST, "train.jsonl") as file:
            assert file.read() == FILES["train.jsonl"]
