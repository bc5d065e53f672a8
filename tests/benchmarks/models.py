"""The models of the benchmark: on the engine, and plain as transformers loads them for its peers."""

import os
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, LlamaConfig

from generation.engine.attention import IMPLEMENTATION
from generation.engine.catalogue import DEFAULT_MODEL, default_models_dir, fetch
from generation.engine.loading import LoadedModel
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Result
from generation.engine.weights import Description, Manifest
from generation.served_models import ServedModel
from tests.benchmarks.console import say
from tests.benchmarks.workload import LONGEST_TEXT, SLOTS, Encode, Heat, Size, Wanted, request_for

THREADS = "BENCHMARK_THREADS"  # the environment variable that tells a portal's worker how many threads compute
FIRST_CHARACTER = 0x10000  # the first behind the surrogates; a vocabulary of a million tokens fits
# Llama 3.2 1B, Llama 3.1 Minitron 4B (width) and Llama 3.1 8B.
SHAPES: dict[str, dict[str, Any]] = {
    "1B": {"hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16, "tie_word_embeddings": True},
    "4B": {"hidden_size": 3072, "intermediate_size": 9216, "num_hidden_layers": 32, "head_dim": 128},
    "8B": {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32},
}


class SpelledModel(LoadedModel):
    """A model that never ends a text by itself and spells each token as one character, so that texts show tokens."""

    @classmethod
    def of(cls, model: LoadedModel) -> "SpelledModel":
        """Return the model without its end tokens."""
        found: dict[str, Any] = {field.name: getattr(model, field.name) for field in fields(model)}
        return cls(**{**found, "end_tokens": frozenset()})

    def decode(self, tokens: Sequence[int]) -> str:
        """Return one character a token, after the work of the real decoding."""
        LoadedModel.decode(self, tokens)
        return "".join(chr(FIRST_CHARACTER + token) for token in tokens)


class SpellingEngine(TransformersEngine):
    """The engine as it ships, on a SpelledModel."""

    def __init__(self, model: LoadedModel, manifest: Manifest, **settings: Any) -> None:
        super().__init__(SpelledModel.of(model), manifest, **settings)


def load_engine(heat: Heat) -> TransformersEngine:
    """Return the engine on the heat's model; the one place that knows how it is made."""
    if heat.model not in SHAPES:
        engine = SpellingEngine.load(folder_of(heat.model), slots=heat.slots, device=heat.device)
    else:
        network = random_network(heat.model, heat.device, IMPLEMENTATION)
        tokenizer: Any = AutoTokenizer.from_pretrained(folder_of(DEFAULT_MODEL), local_files_only=True)
        model = LoadedModel(network, tokenizer, frozenset(), LONGEST_TEXT)
        named = Manifest(Description(heat.model, heat.model, "", (), "random weights"), ())
        engine = SpellingEngine(model, named, slots=heat.slots)
    if heat.threads:
        torch.set_num_threads(heat.threads)
    return engine


def served_engine(served: ServedModel, models_dir: Path, say: Callable[[str], None]) -> TransformersEngine:
    """Return the engine of a portal's worker; PORTAL_ENGINE names this function."""
    return load_engine(Heat(DEFAULT_MODEL, Size(0), SLOTS, threads=int(os.environ.get(THREADS, "0"))))


def load_network(heat: Heat) -> Any:
    """Return the heat's model as transformers has it, on SDPA and without end tokens."""
    if heat.model in SHAPES:
        network = random_network(heat.model, heat.device, "sdpa")
    else:
        auto: Any = AutoModelForCausalLM
        network = auto.from_pretrained(
            folder_of(heat.model), dtype=torch.float32, attn_implementation="sdpa", local_files_only=True
        )
    settings: Any = GenerationConfig
    network.generation_config = settings(do_sample=False, pad_token_id=0)
    if heat.threads:
        torch.set_num_threads(heat.threads)
    return network.to(heat.device).eval()


def random_network(name: str, device: str, attention: str) -> Any:
    """Make one of SHAPES in bfloat16 on the device itself."""
    auto: Any = AutoModelForCausalLM
    with torch.device(device):
        return auto.from_config(shape(name), dtype=torch.bfloat16, attn_implementation=attention).eval()


def shape(name: str) -> LlamaConfig:
    """Return the configuration of one of SHAPES."""
    common = {"vocab_size": 128_256, "num_attention_heads": 32, "num_key_value_heads": 8, "tie_word_embeddings": False}
    config: Any = LlamaConfig
    made: LlamaConfig = config(max_position_embeddings=LONGEST_TEXT, **{**common, **SHAPES[name]})
    return made


@cache
def folder_of(name: str) -> Path:
    """Return the folder of the default model, fetched where it is missing, or the folder named."""
    return fetch(DEFAULT_MODEL, default_models_dir(), say).path if name == DEFAULT_MODEL else Path(name)


def encoder(name: str) -> Encode:
    """Return what turns a brief's text into a prompt's tokens, the chat template around it."""
    tokenizer: Any = AutoTokenizer.from_pretrained(
        folder_of(DEFAULT_MODEL if name in SHAPES else name), local_files_only=True
    )

    def encode(text: str) -> list[int]:
        chat = [{"role": "user", "content": text}]
        prompt = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        tokens: list[int] = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        return tokens

    return encode


def ask(engine: TransformersEngine, wanted: Wanted) -> list[Result]:
    """Carry out one brief."""
    return engine.generate(request_for(wanted), on_delta=lambda delta: None, cancelled=lambda: False)


def tokens_in(text: str) -> list[int]:
    """Return the tokens of a text that a SpelledModel spelled."""
    return [ord(character) - FIRST_CHARACTER for character in text]


def different(expected: Sequence[Sequence[int]], found: Sequence[Sequence[int]]) -> int:
    """Return how many tokens differ, place by place; those that one of the two lacks count too."""
    return sum(
        sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other))
        for one, other in zip(expected, found, strict=True)
    )
