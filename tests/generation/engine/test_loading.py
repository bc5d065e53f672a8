"""Folders that must not be opened, and folders that are broken."""

import pickle
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from generation.engine.errors import HashMismatch, ModelNotAllowed, ModelUnavailable, WeightsCorrupt, WeightsMissing
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.weights import Description, write_manifest
from tests.generation.engine.tiny import change_json

DESCRIPTION = Description("tiny", "Tiny", "Apache-2.0", ("en",), "a test")


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, to be damaged."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "tiny"))


class Canary:
    """Creates a file when it is unpickled."""

    def __init__(self, sign: Path) -> None:
        self.sign = sign

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.sign,)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pth", "extra.pkl", "MODEL.BIN", "code.py"])
def test_a_file_that_can_run_code_is_refused_and_never_opened(folder: Path, name: str) -> None:
    sign = folder.parent / "opened"
    (folder / name).write_bytes(pickle.dumps(Canary(sign)))
    for with_safetensors in (True, False):
        with pytest.raises(ModelNotAllowed, match=name):
            TransformersEngine.load(folder)
        if with_safetensors:
            (folder / "model.safetensors").unlink()
    assert not sign.exists()


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_a_config_that_brings_its_own_code_is_refused(folder: Path, file: str) -> None:
    sign = folder.parent / "opened"
    code = folder / "own.code"
    code.write_text(f"open({str(sign)!r}, 'w')\n")
    change_json(folder / file, auto_map={"AutoConfig": "own.Config", "AutoTokenizer": ["own.Tokenizer", None]})
    with pytest.raises(ModelNotAllowed, match="auto_map"):
        TransformersEngine.load(folder)
    assert not sign.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"model_type": "gpt2"},
        {"model_type": "made_up"},
        {"model_type": None},
        {"model_type": ["llama"]},
        {"architectures": ["MadeUpForCausalLM"]},
        {"_attn_implementation": "somebody/kernels"},
        {"quantization_config": {"quant_method": "bitsandbytes"}},
        {"text_config": {"auto_map": {"AutoConfig": "own.Config"}}},
    ],
    ids=str,
)
def test_a_config_off_the_list_is_refused(folder: Path, changes: dict[str, object]) -> None:
    change_json(folder / "config.json", **changes)
    with pytest.raises(ModelNotAllowed):
        TransformersEngine.load(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(WeightsMissing, match=name.removeprefix("model")):
        TransformersEngine.load(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_truncated_file_is_corrupt(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(WeightsCorrupt):
        TransformersEngine.load(folder)


@pytest.mark.parametrize("content", ["[]", "null", "{" * 100_000, "\x00"], ids=["list", "null", "nested", "binary"])
def test_a_config_that_is_no_object_is_corrupt(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    with pytest.raises(WeightsCorrupt, match=r"config\.json"):
        TransformersEngine.load(folder)


def test_weights_of_another_shape_or_number_are_corrupt(folder: Path) -> None:
    whole = load_file(folder / "model.safetensors")
    name = "model.layers.1.mlp.up_proj.weight"
    for tensors in ({**whole, name: whole[name][:5]}, {key: whole[key] for key in whole if key != name}):
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(WeightsCorrupt):
            TransformersEngine.load(folder)


def test_a_missing_chat_template_is_said_at_load(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(WeightsCorrupt, match="chat template"):
        TransformersEngine.load(folder)


def test_missing_end_tokens_are_said_at_load(folder: Path) -> None:
    change_json(folder / "generation_config.json", eos_token_id=None)
    change_json(folder / "config.json", eos_token_id=None)
    change_json(folder / "tokenizer_config.json", eos_token=None)
    with pytest.raises(WeightsCorrupt, match="no end token"):
        TransformersEngine.load(folder)


def test_an_index_may_not_point_outside_the_folder(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"x": "../other/model.safetensors"}}')
    with pytest.raises(ModelNotAllowed, match=r"\.\./other"):
        TransformersEngine.load(folder)


def test_one_altered_byte_is_found_and_the_file_named(folder: Path) -> None:
    write_manifest(folder, DESCRIPTION)
    engine = TransformersEngine.load(folder)
    assert (engine.info.model, engine.info.languages) == ("tiny", ("en",))
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    with pytest.raises(HashMismatch, match=r"model\.safetensors") as caught:
        TransformersEngine.load(folder)
    assert caught.value.file == "model.safetensors"
    assert isinstance(caught.value, ModelUnavailable)
