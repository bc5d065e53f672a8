"""From a GGUF file to a folder of safetensors, in a process of its own.

`python -m generation.engine.conversion FILE.gguf FOLDER [END_TOKEN …]` ends with status 0, or with 1 and a last line
`code: sentence` on standard error. The weights are kept in float32: a block's scale times its integer is exact in
neither float16 nor bfloat16, and a float32 file is also the faster one to load where float32 is what runs.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig, GgufConfig

from generation.engine.allowlist import ARCHITECTURES
from generation.engine.errors import EngineError, ModelNotAllowed, WeightsCorrupt

SEALED = {"local_files_only": True, "trust_remote_code": False}


def convert(source: Path, target: Path, end_tokens: list[str]) -> None:
    """Write config, weights, tokenizer and end tokens of `source` into the folder `target`.

    The end tokens are `end_tokens` as far as the tokenizer knows them, else the file's own. Raises ModelNotAllowed for
    an architecture that is not on the list, WeightsCorrupt for a file that cannot be read.
    """
    try:
        config = AutoConfig.from_pretrained(source.parent, gguf_file=source.name, **SEALED)
    except Exception as error:  # the reader of GGUF raises what it likes
        raise WeightsCorrupt(f"{source.name} cannot be read as GGUF: {error}") from error
    if config.model_type not in ARCHITECTURES:
        raise ModelNotAllowed(
            f"{source.name} is of type {config.model_type}; the engine runs {', '.join(ARCHITECTURES)}."
        )
    network: Any = AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        config=config,
        dtype=torch.float32,
        # Without dequantize the weights stay packed and cannot be saved.
        quantization_config=GgufConfig(dequantize=True),
        **SEALED,
    )
    tokenizer = read_tokenizer(source)
    network.generation_config = generation_settings(tokenizer, end_tokens)
    network.save_pretrained(target)
    tokenizer.save_pretrained(target)


def read_tokenizer(source: Path) -> Any:
    """Return the file's tokenizer, with the splitting of text that its name for it stands for."""
    tokenizer: Any = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name, **SEALED)
    if not tokenizer.chat_template:
        raise WeightsCorrupt(f"{source.name} has no chat template; the engine needs a model that was tuned for chats.")
    field = GGUFReader(source).fields.get("tokenizer.ggml.pre")
    restore_splitting(tokenizer.backend_tokenizer, field.contents() if field else None)
    return tokenizer


def restore_splitting(backend: Tokenizer, name: object) -> None:
    """Add what transformers leaves out when it rebuilds the tokenizer `name`: the model was trained with it."""
    if name == "smollm":
        backend.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
    elif name == "qwen2":
        backend.normalizer = normalizers.NFC()


def generation_settings(tokenizer: Any, end_tokens: list[str]) -> GenerationConfig:
    """Return settings that name the tokens which end a text, the first of them as padding."""
    known = tokenizer.get_vocab()
    ends = [known[token] for token in end_tokens if token in known] or [tokenizer.eos_token_id]
    if ends == [None]:
        raise WeightsCorrupt("The file names no end token, and none was given.")
    settings: Any = GenerationConfig
    made: GenerationConfig = settings(eos_token_id=ends, pad_token_id=ends[0], bos_token_id=tokenizer.bos_token_id)
    return made


def main(arguments: list[str]) -> int:
    """Run the command line and return the exit status."""
    try:
        convert(Path(arguments[0]), Path(arguments[1]), arguments[2:])
    except EngineError as error:
        print(f"{error.code}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
