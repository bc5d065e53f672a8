"""What names mean, and what the command line prints."""

import hashlib
import re
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from generation.engine import hub
from generation.engine.catalogue import DEFAULT_MODEL, default_models_dir, fetch, hub_source, main, resolve
from generation.engine.entries import HubSource, WheelSource, read_entries
from generation.engine.errors import FetchFailed, ModelUnknown, WeightsMissing
from generation.engine.weights import Description, write_manifest

SHA256 = re.compile(r"[0-9a-f]{64}")


def put_model(models: Path, name: str) -> Path:
    """Store something with a manifest under the name."""
    folder = models / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    write_manifest(folder, Description(name, f"Title of {name}", "MIT", ("en",), "a test"))
    return folder


def test_every_source_is_pinned() -> None:
    entries = read_entries()
    assert next(iter(entries)) == DEFAULT_MODEL
    for entry in entries.values():
        assert entry.languages
        assert entry.end_tokens
        for source in entry.sources:
            if isinstance(source, WheelSource):
                assert SHA256.fullmatch(source.sha256)
                assert all(SHA256.fullmatch(part.sha256) for part in source.parts)
            else:
                assert re.fullmatch("[0-9a-f]{40}", source.revision)


def test_some_model_writes_each_language_of_the_portal() -> None:
    written = {language for entry in read_entries().values() for language in entry.languages}
    assert {"en", "zh"} <= written


def test_a_catalogue_name_resolves_to_what_was_fetched_and_tells_which(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=r"make model NAME=qwen2\.5-0\.5b-instruct"):
        resolve("qwen2.5-0.5b-instruct", tmp_path)
    coder = put_model(tmp_path, "qwen2.5-coder-0.5b-instruct")
    found = resolve("qwen2.5-0.5b-instruct", tmp_path)
    assert (found.path, found.description.name) == (coder, "qwen2.5-coder-0.5b-instruct")
    preferred = put_model(tmp_path, "qwen2.5-0.5b-instruct")
    assert resolve("qwen2.5-0.5b-instruct", tmp_path).path == preferred


def test_a_folder_resolves_to_itself(tmp_path: Path) -> None:
    folder = put_model(tmp_path, "anything")
    assert resolve(str(folder), tmp_path / "elsewhere").path == folder
    assert fetch(str(folder), tmp_path / "elsewhere", print).description.title == "Title of anything"


def test_a_gguf_file_resolves_to_its_conversion(tmp_path: Path) -> None:
    file = tmp_path / "My.Q4.gguf"
    file.write_bytes(b"GGUF")
    with pytest.raises(WeightsMissing, match=r"My\.Q4\.gguf"):
        resolve(str(file), tmp_path)
    folder = put_model(tmp_path, f"my.q4-{hashlib.sha256(b'GGUF').hexdigest()[:12]}")
    assert resolve(str(file), tmp_path).path == folder


def test_a_hub_name_resolves_to_its_own_folder(tmp_path: Path) -> None:
    folder = put_model(tmp_path, "qwen--qwen2.5-7b-instruct@v1")
    assert resolve("Qwen/Qwen2.5-7B-Instruct@v1", tmp_path).path == folder
    assert hub_source("Qwen/Qwen2.5-7B-Instruct@v1").revision == "v1"
    assert hub_source("Qwen/Qwen2.5-7B-Instruct").revision == "main"


@pytest.mark.parametrize("spec", ["", "nonsense", "../up", "a/b/c", "https://somewhere/x", "missing.gguf", "a/b@c/d"])
def test_a_name_that_means_nothing_is_unknown(spec: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnknown, match=DEFAULT_MODEL):
        resolve(spec, tmp_path)


def test_a_hub_that_cannot_be_reached_is_said_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionError("no route\nand much more")

    monkeypatch.setattr(HfApi, "model_info", refuse)
    with pytest.raises(FetchFailed, match=r"does not give somebody/model: no route$"):
        hub.fetch_folder(HubSource("x", "X", "somebody/model", "main"), tmp_path, print)


def test_only_the_models_own_files_are_wanted_from_the_hub() -> None:
    names = ["model.safetensors", "config.json", "chat_template.jinja", "merges.txt"]
    others = ["pytorch_model.bin", "modeling.py", "onnx/config.json", ".gitattributes", "README.md", "original/x.pth"]
    assert [name for name in names + others if hub.is_wanted(name)] == names


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_VAR", str(tmp_path))
    folder = put_model(default_models_dir(), DEFAULT_MODEL)
    here = ["--models-dir", str(default_models_dir())]
    assert main(["path", *here]) == 0
    assert capsys.readouterr().out.strip() == str(folder)
    assert main(["list", *here]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "fetched: SmolLM2 135M Instruct (Q4_1)" in first
    assert "not fetched" in second
    put_model(default_models_dir(), "qwen2.5-coder-0.5b-instruct")
    assert main(["list", *here]) == 0
    assert "fetched: Qwen2.5-Coder" in capsys.readouterr().out
    assert main(["path", "nonsense", *here]) == 1
    assert capsys.readouterr().err.startswith("model_unknown: 'nonsense' is no model")
