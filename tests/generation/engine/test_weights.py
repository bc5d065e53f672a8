"""The manifest names every file, and `sha256sum` alone can check it."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from generation.engine.errors import HashMismatch, WeightsCorrupt, WeightsMissing
from generation.engine.weights import (
    MANIFEST,
    Description,
    ModelFolder,
    publish,
    read_manifest,
    verify,
    write_manifest,
)

DESCRIPTION = Description("small", "Small 小", "Apache-2.0", ("en", "zh"), "a test")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two files with its manifest."""
    path = tmp_path / "small"
    path.mkdir()
    (path / "b.safetensors").write_bytes(b"weights")
    (path / "a.json").write_text("{}")
    (path / ".hidden").write_text("not part of it")
    write_manifest(path, DESCRIPTION)
    return path


def test_what_is_written_is_read_and_verified(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest.description == DESCRIPTION
    assert [(file.name, file.size) for file in manifest.files] == [("a.json", 2), ("b.safetensors", 7)]
    assert verify(ModelFolder.at(folder)) == manifest
    assert write_manifest(folder, DESCRIPTION).digest == manifest.digest


def test_the_digest_is_that_of_sha256sums_lines(folder: Path) -> None:
    lines = subprocess.run(["sha256sum", "a.json", "b.safetensors"], cwd=folder, capture_output=True, check=True).stdout
    assert read_manifest(folder).digest == hashlib.sha256(lines).hexdigest()


def test_an_altered_file_is_named(folder: Path) -> None:
    (folder / "b.safetensors").write_bytes(b"weightz")
    with pytest.raises(HashMismatch) as caught:
        verify(ModelFolder.at(folder))
    assert caught.value.file == "b.safetensors"
    assert hashlib.sha256(b"weightz").hexdigest() in str(caught.value)


def test_a_file_that_is_gone_and_one_that_was_added_are_named(folder: Path) -> None:
    (folder / "c.json").write_text("{}")
    with pytest.raises(WeightsCorrupt, match=r"c\.json"):
        verify(ModelFolder.at(folder))
    (folder / "a.json").unlink()
    with pytest.raises(WeightsMissing, match=r"a\.json"):
        verify(ModelFolder.at(folder))


def test_a_manifest_that_was_altered_does_not_pass(folder: Path) -> None:
    stored = json.loads((folder / MANIFEST).read_text())
    stored["files"][0]["sha256"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(stored))
    with pytest.raises(HashMismatch, match=r"manifest\.json"):
        read_manifest(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"description": 3, "files": []}', '{"files": [1]}'])
def test_a_damaged_manifest_is_said(folder: Path, content: str) -> None:
    (folder / MANIFEST).write_text(content)
    with pytest.raises(WeightsCorrupt):
        read_manifest(folder)


def test_a_folder_without_manifest_is_described_by_its_name(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    with pytest.raises(WeightsMissing):
        read_manifest(folder)
    found = ModelFolder.at(folder)
    assert (found.description.name, found.description.languages) == ("small", ())
    assert len(verify(found).files) == 2


def test_publish_replaces_the_folder_as_a_whole(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "models" / "small"
    target.mkdir(parents=True)
    (target / "old.json").write_text("{}")
    publish(folder, target)
    assert not folder.exists()
    assert not (target / "old.json").exists()
    assert verify(ModelFolder.at(target)).description == DESCRIPTION
