"""Which files and which model architectures the engine is willing to open.

A model folder comes from strangers. Formats that run code when they are read (pickle, Python) are refused by name, and
config files that ask transformers to load code, kernels or an architecture nobody tested are refused by content.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from generation.engine.errors import ModelNotAllowed, WeightsCorrupt, WeightsMissing

# model_type of config.json and the class that it may name; each has a test against `generate`.
ARCHITECTURES: Mapping[str, str] = MappingProxyType(
    {
        "llama": "LlamaForCausalLM",
        "mistral": "MistralForCausalLM",
        "qwen2": "Qwen2ForCausalLM",
        "qwen3": "Qwen3ForCausalLM",
        "gemma3_text": "Gemma3ForCausalLM",
    }
)
REFUSED_SUFFIXES = frozenset(
    {".bin", ".ckpt", ".h5", ".joblib", ".msgpack", ".npy", ".npz", ".onnx", ".pickle", ".pkl", ".pt", ".pth"}
    | {".dll", ".dylib", ".py", ".pyc", ".so"}
)
REFUSED_KEYS = frozenset(
    {"auto_map", "custom_pipelines", "quantization_config", "trust_remote_code"}
    | {"attn_implementation", "_attn_implementation", "_attn_implementation_internal", "_experts_implementation"}
)
SETTINGS = ("config.json", "generation_config.json", "tokenizer_config.json", "processor_config.json")
SHARDS = "model.safetensors.index.json"
LARGEST_SETTINGS = 20_000_000


def check_folder(folder: Path) -> None:
    """Raise ModelNotAllowed for a folder that the engine must not open, WeightsMissing for one that is not whole."""
    names = file_names(folder)
    for name in names:
        if Path(name).suffix.lower() in REFUSED_SUFFIXES:
            raise ModelNotAllowed(
                f"{folder.name} holds {name}, a format that can run code. Only safetensors are opened."
            )
    for needed in ("config.json", "tokenizer.json"):
        if needed not in names:
            raise WeightsMissing(f"{folder.name} has no {needed}. Fetch the model again.")
    if not any(name.endswith(".safetensors") for name in names):
        raise WeightsMissing(f"{folder.name} has no .safetensors file. Fetch the model again.")
    for name in SETTINGS:
        if name in names:
            check_keys(name, read_settings(folder / name))
    check_architecture(read_settings(folder / "config.json"))
    if SHARDS in names:
        check_shards(read_settings(folder / SHARDS), names)


def file_names(folder: Path) -> list[str]:
    """Return the names of the folder's files, sorted; hidden ones and subfolders do not belong to a model."""
    if not folder.is_dir():
        raise WeightsMissing(f"There is no model folder at {folder}.")
    return sorted(entry.name for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith("."))


def check_architecture(config: Mapping[str, object]) -> None:
    """Raise ModelNotAllowed unless `config` is of a model type on the list and names no other class than its own."""
    model_type = config.get("model_type")
    expected = ARCHITECTURES.get(model_type) if isinstance(model_type, str) else None
    if expected is None:
        known = ", ".join(sorted(ARCHITECTURES))
        raise ModelNotAllowed(f"The model's type is {model_type!r}; the engine runs {known}.")
    named = config.get("architectures") or [expected]
    if named != [expected]:
        raise ModelNotAllowed(f"The model names the class {named!r}; a model of type {model_type} has {expected}.")


def check_keys(name: str, settings: object) -> None:
    """Raise ModelNotAllowed where `settings`, at any depth, asks for code or kernels from elsewhere."""
    if isinstance(settings, dict):
        for key, value in settings.items():
            if key in REFUSED_KEYS and value is not None:
                raise ModelNotAllowed(f"{name} sets {key}, which the engine does not follow.")
            check_keys(name, value)
    elif isinstance(settings, list):
        for value in settings:
            check_keys(name, value)


def check_shards(index: Mapping[str, object], names: list[str]) -> None:
    """Raise ModelNotAllowed where the index points outside the folder's own files."""
    places = index.get("weight_map")
    strangers = set(places.values()) - set(names) if isinstance(places, dict) else {"no weight_map"}
    if strangers:
        raise ModelNotAllowed(f"{SHARDS} points to files that are not in the folder: {sorted(map(str, strangers))}.")


def read_settings(path: Path) -> dict[str, object]:
    """Return the JSON object in a file; raises WeightsCorrupt for anything else."""
    try:
        if path.stat().st_size > LARGEST_SETTINGS:
            raise WeightsCorrupt(f"{path.name} is larger than settings can be. Fetch the model again.")
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise WeightsCorrupt(f"{path.name} is not valid JSON ({error}). Fetch the model again.") from error
    if not isinstance(settings, dict):
        raise WeightsCorrupt(f"{path.name} holds no JSON object. Fetch the model again.")
    return settings
