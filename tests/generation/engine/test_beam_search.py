from typing import Any

import pytest
import torch

from generation.engine import beam_search
from generation.engine.errors import InvalidLogits
from generation.engine.prompt import encode
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Decoding, Delta
from tests.generation.engine.conftest import ask, counting, run


def test_invalid_logits_end_a_beam_search_too(engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine._model is not None
    embedding: Any = engine._model.network.get_input_embeddings()
    monkeypatch.setattr(embedding, "forward", lambda ids: torch.full((*ids.shape, 64), torch.nan))
    with pytest.raises(InvalidLogits):
        run(engine, ask(Decoding("beam", num_beams=3, max_tokens=8)))


def test_beams_are_those_of_generate_and_come_whole(engine: TransformersEngine) -> None:
    deltas: list[Delta] = []
    results = run(engine, ask(Decoding("beam", num_beams=4, max_tokens=24), variants=3), deltas)
    assert engine._model is not None
    prompt = torch.tensor([encode(engine._model, ask())])
    sequences = engine._model.network.generate(  # type: ignore[operator]
        prompt,
        attention_mask=torch.ones_like(prompt),
        do_sample=False,
        num_beams=4,
        num_return_sequences=3,
        max_new_tokens=24,
    )
    texts = [engine._model.decode(sequence[prompt.shape[1] :].tolist()) for sequence in sequences]
    assert [result.text for result in results] == [text.rstrip("\ufffd") for text in texts]
    assert all(result.mean_logprob < 0 for result in results)


def test_beam_search_ends_when_cancelled(engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beam_search, "MEASURE_CHUNK", 7)
    request = ask(Decoding("beam", num_beams=3, max_tokens=150))
    [result] = engine.generate(request, on_delta=lambda delta: None, cancelled=counting(5))
    assert result.finish_reason == "cancelled"
    assert result.completion_tokens < 10
