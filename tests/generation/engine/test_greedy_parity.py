"""Greedy texts are those of transformers' `generate`, token for token, on every architecture of the list."""

from pathlib import Path
from typing import Any

import pytest
import torch

from generation.engine import decode_loop
from generation.engine.allowlist import ARCHITECTURES
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


def expected(engine: TransformersEngine, text: str, decoding: Decoding) -> list[int]:
    """Return the tokens of `generate`."""
    assert engine._model is not None
    network: Any = engine._model.network
    prompt = torch.tensor([encode(engine._model, ask(decoding, text=text))])
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
    engine = TransformersEngine.load(make_model(tmp_path, architecture), device="cpu")
    monkeypatch.setattr(decode_loop, "PREFILL_CHUNK", 16)
    lengths = []
    for text, penalty, variants in ((LINES[0], 1.0, 1), (LINES[2], 1.3, 1), (LONG, 1.0, 1), (LINES[3], 1.3, 3)):
        decoding = Decoding("greedy", max_tokens=60, repetition_penalty=penalty)
        tokens_taken.clear()
        run(engine, ask(decoding, text=text, variants=variants))
        assert tokens_taken == [expected(engine, text, decoding)] * variants
        lengths.append(len(tokens_taken[0]))
    assert max(lengths) > 20, "the texts are too short to prove anything"


@pytest.mark.real_model
def test_the_default_model_writes_the_tokens_of_generate(
    real_model: ModelFolder, tokens_taken: list[list[int]]
) -> None:
    engine = TransformersEngine.load(real_model, device="cpu")
    decoding = Decoding("greedy", max_tokens=48)
    for text in LINES[:2]:
        tokens_taken.clear()
        run(engine, ask(decoding, text=text, variants=2))
        assert tokens_taken == [expected(engine, text, decoding)] * 2


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
