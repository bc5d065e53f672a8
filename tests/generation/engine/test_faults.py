"""Nothing kills the engine: a fault costs as few runs as it can."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from generation.engine import engine_loop
from generation.engine.dense_decode import DenseDecoder
from generation.engine.errors import InvalidLogits, ModelUnavailable, OutOfMemory
from generation.engine.kv_cache import KVCache
from generation.engine.loading import LoadedModel
from generation.engine.sampling import choose
from generation.engine.step import Step, forward
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Decoding, Delta
from tests.generation.engine.conftest import SAMPLED, ask, run, without_end
from tests.generation.engine.tiny import LINES


@pytest.mark.parametrize(
    "failure", [torch.OutOfMemoryError("full"), MemoryError(), RuntimeError("can't allocate memory: 9 bytes")], ids=repr
)
def test_out_of_memory_ends_the_youngest_run_and_the_engine_lives_on(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    engine = TransformersEngine.load(tiny_folder, device="cpu")
    before = run(engine, ask(SAMPLED))
    with monkeypatch.context() as patch:
        patch.setattr(engine_loop, "forward", raiser(failure))
        with pytest.raises(OutOfMemory) as caught:
            run(engine, ask(SAMPLED))
    assert caught.value.__context__ is None, "the traceback would keep the run's tensors alive"
    assert [result.text for result in run(engine, ask(SAMPLED))] == [result.text for result in before]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_out_of_memory_while_choosing_tokens_leaves_the_other_texts_as_they_are(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    engine = without_end(TransformersEngine.load(tiny_folder, device="cpu"))
    requests = [ask(Decoding("greedy", max_tokens=60), text=text) for text in LINES]
    expected = [run(engine, request) for request in requests]
    calls = iter(range(10**6))

    def sometimes_full(*args: Any) -> Any:
        if 20 <= next(calls) < 20 + times:
            raise MemoryError
        return choose(*args)

    monkeypatch.setattr(engine_loop, "choose", sometimes_full)
    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(run, engine, request) for request in requests]
    survivors = [place for place, future in enumerate(found) if future.exception() is None]
    assert len(survivors) >= 4 - times
    assert [found[place].result() for place in survivors] == [expected[place] for place in survivors]


def test_a_fault_at_every_step_ends_the_loop_and_nobody_waits_for_it(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = TransformersEngine.load(tiny_folder, device="cpu")
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)
    monkeypatch.setattr(engine_loop, "forward", raiser(RuntimeError("the device is lost")))
    for _ in range(engine_loop.MOST_STRIKES):
        with pytest.raises(RuntimeError, match="lost"):
            run(engine, ask(SAMPLED))
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            run(engine, ask(SAMPLED))
    assert engine.counters().slots_in_use == 0


def test_whoever_asks_while_the_engine_closes_is_told_so(tiny_folder: Path) -> None:
    engine = TransformersEngine.load(tiny_folder, device="cpu")
    endless = without_end(engine)
    outcomes: list[str] = []

    def ask_on() -> None:
        while True:
            try:
                run(endless, ask(Decoding("greedy", max_tokens=30)))
            except ModelUnavailable as error:
                outcomes.append(error.code)
                return

    threads = [threading.Thread(target=ask_on) for _ in range(6)]
    for thread in threads:
        thread.start()
    endless._loop.close()
    for thread in threads:
        thread.join(10)
    assert outcomes == ["model_unavailable"] * 6


def test_impossible_numbers_leave_no_trace_in_the_slots(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = TransformersEngine.load(tiny_folder, device="cpu", slots=4)
    assert engine._model is not None
    cache = engine._loop._slots.cache
    for slot in range(cache.slots):
        cache.clear(slot)
    monkeypatch.setattr(engine._loop, "_dense", DenseDecoder(engine._model, cache))
    expected = run(engine, ask(SAMPLED))
    embedding: Any = engine._model.network.get_input_embeddings()
    with monkeypatch.context() as patch:
        patch.setattr(embedding, "forward", lambda ids: torch.full((*ids.shape, 64), torch.nan))
        with pytest.raises(InvalidLogits):
            run(engine, ask(SAMPLED, variants=4))
    assert run(engine, ask(SAMPLED)) == expected


def test_out_of_memory_while_reading_a_prompt_makes_the_pieces_smaller(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = TransformersEngine.load(tiny_folder, device="cpu")
    expected = run(engine, ask(Decoding("greedy", max_tokens=20)))

    def small_pieces_alone(model: LoadedModel, cache: KVCache, step: Step) -> torch.Tensor:
        if step.prefill_tokens > 16:
            raise MemoryError
        return forward(model, cache, step)

    monkeypatch.setattr(engine_loop, "forward", small_pieces_alone)
    assert [result.text for result in run(engine, ask(Decoding("greedy", max_tokens=20)))] == [
        result.text for result in expected
    ]


def test_invalid_logits_fail_this_run_and_the_others_go_on(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady = Decoding("greedy", max_tokens=60)
    expected = run(engine, ask(steady))
    damaged: list[int] = []

    def damage(model: LoadedModel, cache: KVCache, step: Step) -> torch.Tensor:
        logits = forward(model, cache, step)
        for place, row in enumerate(step.rows):
            if row.job.request.request_id == "damaged":
                logits[place, 5] = float("nan")
                damaged.append(row.slot)
        return logits

    monkeypatch.setattr(engine_loop, "forward", damage)
    found: list[object] = []
    others = [threading.Thread(target=lambda: found.append(run(engine, ask(steady)))) for _ in range(3)]
    for thread in others:
        thread.start()
    with pytest.raises(InvalidLogits):
        run(engine, replace(ask(SAMPLED, variants=2), request_id="damaged"))
    for thread in others:
        thread.join()
    assert damaged
    assert found == [expected] * 3


def test_what_the_callers_function_raises_goes_up_and_frees_the_turn(engine: TransformersEngine) -> None:
    def broken(delta: Delta) -> None:
        raise ConnectionError("the stream is gone")

    with pytest.raises(ConnectionError, match="the stream is gone"):
        engine.generate(ask(SAMPLED), on_delta=broken, cancelled=lambda: False)
    assert run(engine, ask(SAMPLED))[0].text


def raiser(failure: Exception) -> Callable[..., object]:
    """Return a function that raises the failure."""

    def fail(*args: object) -> object:
        raise failure

    return fail
