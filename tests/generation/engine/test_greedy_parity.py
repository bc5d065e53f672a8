"""Greedy texts are those of transformers' `generate`, token for token, on every architecture of the list.

`generate` runs on a network of its own, as transformers loads it: no packed weights, no slots.
"""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from generation.engine import dense_decode
from generation.engine.allowlist import ARCHITECTURES
from generation.engine.dense_decode import DenseDecoder
from generation.engine.engine_loop import Pace
from generation.engine.loading import LoadedModel
from generation.engine.prompt import encode
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Decoding
from generation.engine.variant import Variant
from generation.engine.weights import ModelFolder
from tests.generation.engine.conftest import ask, run
from tests.generation.engine.tiny import LINES, make_model

LONG = " ".join(LINES)  # longer than the sliding windows of the tiny models and than a prefill chunk of 16


@pytest.fixture
def tokens_taken(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The tokens that each variant takes, in order of the variants' making."""
    taken: list[list[int]] = []
    make, take = Variant.__init__, Variant.take

    def remember(self: Any, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        self.taken = []
        taken.append(self.taken)

    def note(self: Any, token: int, logprob: float) -> None:
        self.taken.append(token)
        take(self, token, logprob)

    monkeypatch.setattr(Variant, "__init__", remember)
    monkeypatch.setattr(Variant, "take", note)
    return taken


def plain(folder: Path) -> Any:
    """Return the network as transformers loads it."""
    auto: Any = AutoModelForCausalLM
    return auto.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()


def loaded(engine: TransformersEngine) -> LoadedModel:
    assert engine._model is not None
    return engine._model


def expected(network: Any, model: LoadedModel, text: str, decoding: Decoding) -> list[int]:
    """Return the tokens of `generate`."""
    prompt = torch.tensor([encode(model, ask(decoding, text=text))])
    sequence = network.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        do_sample=False,
        max_new_tokens=decoding.max_tokens,
        repetition_penalty=decoding.repetition_penalty,
    )
    tokens: list[int] = sequence[0, prompt.shape[1] :].tolist()
    return tokens


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_the_tokens_are_those_of_generate(
    architecture: str, tmp_path: Path, tokens_taken: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_model(tmp_path, architecture)
    engine = TransformersEngine.load(folder, device="cpu")
    network = plain(folder)
    monkeypatch.setattr(engine._loop, "_pace", Pace(chunk=16, budget=32))
    lengths = []
    for text, penalty, variants in ((LINES[0], 1.0, 1), (LINES[2], 1.3, 1), (LONG, 1.0, 1), (LINES[3], 1.3, 3)):
        decoding = Decoding("greedy", max_tokens=60, repetition_penalty=penalty)
        tokens_taken.clear()
        run(engine, ask(decoding, text=text, variants=variants))
        assert tokens_taken == [expected(network, loaded(engine), text, decoding)] * variants
        lengths.append(len(tokens_taken[0]))
    assert max(lengths) > 20, "the texts are too short to prove anything"


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_dense_decoding_writes_the_same_tokens(
    architecture: str, tmp_path: Path, tokens_taken: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way of a GPU, without the graphs, which only a GPU can record."""
    folder = make_model(tmp_path, architecture)
    engine = TransformersEngine.load(folder, device="cpu", slots=4)
    network = plain(folder)
    cache = engine._loop._slots.cache
    for slot in range(cache.slots):
        cache.clear(slot)  # on a GPU it is allocated as zeros
    monkeypatch.setattr(engine._loop, "_dense", DenseDecoder(loaded(engine), cache))
    monkeypatch.setattr(dense_decode, "SHORTEST", 32)
    for text, variants in ((LINES[0], 1), (LONG, 3), (LINES[3], 2)):
        decoding = Decoding("greedy", max_tokens=60)
        tokens_taken.clear()
        run(engine, ask(decoding, text=text, variants=variants))
        assert tokens_taken == [expected(network, loaded(engine), text, decoding)] * variants


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_every_architecture_writes_in_bfloat16(architecture: str, tmp_path: Path) -> None:
    engine = TransformersEngine.load(make_model(tmp_path, architecture), device="cpu", dtype="bfloat16")
    results = run(engine, ask(Decoding("sample", temperature=1.0, max_tokens=30), variants=3))
    assert engine.info.dtype == "bfloat16"
    assert run(engine, ask(Decoding("sample", temperature=1.0, max_tokens=30))) == results[:1]
    assert all(result.completion_tokens and result.mean_logprob < 0 for result in results)


@pytest.mark.real_model
def test_the_default_model_writes_the_tokens_of_generate(
    real_model: ModelFolder, tokens_taken: list[list[int]]
) -> None:
    engine = TransformersEngine.load(real_model, device="cpu")
    network = plain(real_model.path)
    decoding = Decoding("greedy", max_tokens=48)
    for text in LINES[:2]:
        tokens_taken.clear()
        run(engine, ask(decoding, text=text, variants=2))
        assert tokens_taken == [expected(network, loaded(engine), text, decoding)] * 2


def test_mean_logprob_is_that_of_the_unchanged_distribution(
    engine: TransformersEngine, tokens_taken: list[list[int]]
) -> None:
    decoding = Decoding("sample", temperature=1.7, top_k=5, repetition_penalty=1.3, max_tokens=20)
    [result] = run(engine, ask(decoding))
    assert engine._model is not None
    prompt = encode(engine._model, ask(decoding))
    sequence = torch.tensor([prompt + tokens_taken[0]])
    with torch.inference_mode():
        logits: torch.Tensor = engine._model.network(input_ids=sequence).logits
    distribution = logits[0, len(prompt) - 1 : -1].log_softmax(-1)
    mean = distribution.gather(1, sequence[0, len(prompt) :, None]).mean().item()
    assert result.mean_logprob == pytest.approx(mean, abs=1e-4)
