"""Texts that are written at the same time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from generation.engine import engine_loop
from generation.engine.kv_cache import KVCache
from generation.engine.loading import LoadedModel
from generation.engine.step import Step, forward
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Decoding, GenerationRequest, Result
from tests.generation.engine.conftest import SAMPLED, ask, run
from tests.generation.engine.tiny import LINES


def test_a_variant_does_not_depend_on_how_many_are_asked(engine: TransformersEngine) -> None:
    alone, two, eight = (run(engine, ask(SAMPLED, variants=count)) for count in (1, 2, 8))
    assert eight[0].text == two[0].text == alone[0].text
    assert eight[1].text == two[1].text
    assert len({result.text for result in eight}) == 8
    assert [result.variant for result in eight] == list(range(8))


def test_a_text_does_not_depend_on_what_is_written_beside_it(engine: TransformersEngine) -> None:
    requests = [ask(SAMPLED, text=LINES[seed % 4], seed=seed, variants=1 + seed % 3) for seed in range(12)]
    alone = [run(engine, request) for request in requests]
    assert together(engine, requests) == alone


def test_more_variants_than_slots_wait_their_turn_and_share_one_reading_of_the_prompt(tiny_folder: Path) -> None:
    engine = TransformersEngine.load(tiny_folder, device="cpu", slots=3)
    wide = TransformersEngine.load(tiny_folder, device="cpu", slots=16)
    request = ask(SAMPLED, variants=10)
    results = run(engine, request)
    assert results == run(wide, request)
    assert engine.counters().prefill_tokens == wide.counters().prefill_tokens == results[0].prompt_tokens
    assert (engine.counters().slots, engine.counters().slots_in_use, engine.counters().waiting) == (3, 0, 0)


def test_texts_join_while_others_are_written(engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 0

    def watch(model: LoadedModel, cache: KVCache, step: Step) -> torch.Tensor:
        nonlocal most
        most = max(most, len({row.job.request.seed for row in step.rows}))
        return forward(model, cache, step)

    monkeypatch.setattr(engine_loop, "forward", watch)
    together(engine, [ask(Decoding("greedy", max_tokens=60), text=LINES[2], seed=seed) for seed in range(5)])
    assert most > 1


def together(engine: TransformersEngine, requests: list[GenerationRequest]) -> list[list[Result]]:
    """Carry the requests out at the same time, a thread each."""
    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(lambda request: run(engine, request), requests))
