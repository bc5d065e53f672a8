"""What ends a text: its last token, its length, a stop string, the caller, the clock."""

import threading
import time
from pathlib import Path

import pytest
import torch

from generation.engine import engine_loop
from generation.engine.engine_loop import Pace
from generation.engine.kv_cache import KVCache
from generation.engine.loading import LoadedModel
from generation.engine.step import Step, forward
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Decoding, Delta
from tests.generation.engine.conftest import SAMPLED, ask, counting, run, without_end
from tests.generation.engine.tiny import LINES


def test_length_and_end_token_are_told_apart(engine: TransformersEngine) -> None:
    results = run(engine, ask(Decoding("sample", temperature=3.0, max_tokens=100), variants=16))
    assert {result.finish_reason for result in results} == {"stop", "length"}
    for result in results:
        assert (result.finish_reason == "length") == (result.completion_tokens == 100)
        assert "<|im_end|>" not in result.text
        assert result.mean_logprob < 0


def test_the_text_ends_before_a_stop_string_and_nothing_of_it_was_shown(engine: TransformersEngine) -> None:
    [whole] = run(engine, ask(SAMPLED))
    stop = whole.text[10:14]
    deltas: list[Delta] = []
    decoding = Decoding("sample", temperature=1.0, top_p=0.95, repetition_penalty=1.1, max_tokens=40, stop=(stop,))
    [result] = run(engine, ask(decoding), deltas)
    assert result.text == whole.text[: whole.text.index(stop)]
    assert "".join(delta.text for delta in deltas) == result.text
    assert result.finish_reason == "stop"
    assert result.completion_tokens < whole.completion_tokens


def test_cancelling_keeps_what_there_is(engine: TransformersEngine) -> None:
    deltas: list[Delta] = []
    endless = Decoding("sample", temperature=1.0, stop=("never met",), max_tokens=200)
    model = without_end(engine)
    results = model.generate(ask(endless, variants=2), on_delta=deltas.append, cancelled=counting(6))
    assert [result.finish_reason for result in results] == ["cancelled", "cancelled"]
    assert all(0 < result.completion_tokens < 200 for result in results)
    assert "".join(delta.text for delta in deltas if delta.variant == 0) == results[0].text


def test_cancelling_in_the_middle_of_the_prompt_computes_no_more_of_it(
    engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine._loop, "_pace", Pace(chunk=8, budget=8))
    slow_down(engine, monkeypatch, seconds=0.06)
    before = engine.counters().prefill_tokens
    request = ask(SAMPLED, text=" ".join(LINES[:2]))
    [result] = engine.generate(request, on_delta=lambda delta: None, cancelled=counting(2))
    assert (result.finish_reason, result.text, result.completion_tokens) == ("cancelled", "", 0)
    assert engine.counters().prefill_tokens - before <= 24 < result.prompt_tokens


def test_the_deadline_ends_a_run(engine: TransformersEngine) -> None:
    started = time.monotonic()
    endless = Decoding("greedy", max_tokens=200)
    [result] = run(without_end(engine), ask(endless, deadline=0.05))
    assert result.finish_reason == "deadline"
    assert result.completion_tokens < 200
    assert time.monotonic() - started < 2


def test_a_waiting_run_can_be_cancelled(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = without_end(TransformersEngine.load(tiny_folder, device="cpu"), slots=1)
    slow_down(engine, monkeypatch, seconds=0.01)
    released = threading.Event()
    busy = threading.Thread(
        target=lambda: engine.generate(
            ask(Decoding("greedy", max_tokens=200)), on_delta=lambda delta: None, cancelled=released.is_set
        )
    )
    busy.start()
    while not engine.counters().slots_in_use:
        time.sleep(0.01)
    [result] = engine.generate(ask(SAMPLED), on_delta=lambda delta: None, cancelled=counting(2))
    released.set()
    busy.join()
    assert (result.finish_reason, result.completion_tokens) == ("cancelled", 0)


def slow_down(engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch, *, seconds: float) -> None:
    """Let every step take `seconds` more."""

    def late(model: LoadedModel, cache: KVCache, step: Step) -> torch.Tensor:
        time.sleep(seconds)
        return forward(model, cache, step)

    monkeypatch.setattr(engine_loop, "forward", late)
