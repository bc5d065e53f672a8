"""The FakeEngine keeps the promises of the protocol, and fails when asked to."""

import time
from collections.abc import Callable

import pytest

from generation.engine.errors import OutOfMemory, PromptTooLong
from generation.engine.fake import FakeEngine
from generation.engine.types import Decoding, Delta, Engine, GenerationRequest, Result
from tests.generation.engine.conftest import ask


def run(
    engine: Engine, request: GenerationRequest, deltas: list[Delta], cancelled: Callable[[], bool] = bool
) -> list[Result]:
    """Carry the request out."""
    return engine.generate(request, on_delta=deltas.append, cancelled=cancelled)


@pytest.mark.parametrize("text", ["Describe a mug.", "描述一个杯子。"])
def test_texts_follow_from_messages_seed_and_variant(text: str) -> None:
    deltas: list[Delta] = []
    three = run(FakeEngine(), ask(text=text, variants=3), deltas)
    assert run(FakeEngine(), ask(text=text, variants=1), [])[0] == three[0]
    assert run(FakeEngine(), ask(text=text, variants=3, seed=8), []) != three
    assert len({result.text for result in three}) == 3
    for result in three:
        mine = [delta for delta in deltas if delta.variant == result.variant]
        assert "".join(delta.text for delta in mine) == result.text
        assert mine[-1].tokens == result.completion_tokens


def test_it_writes_chinese_for_a_chinese_prompt() -> None:
    [result] = run(FakeEngine(), ask(text="描述一个杯子。"), [])
    assert "。" in result.text
    assert result.text.isascii() is False


def test_greedy_has_one_text_for_all_variants() -> None:
    assert len({result.text for result in run(FakeEngine(), ask(Decoding("greedy"), variants=3), [])}) == 1


def test_max_tokens_and_stop_strings_end_a_text() -> None:
    [whole] = run(FakeEngine(), ask(Decoding()), [])
    [short] = run(FakeEngine(), ask(Decoding(max_tokens=5)), [])
    assert (short.finish_reason, short.completion_tokens) == ("length", 5)
    assert whole.text.startswith(short.text)
    stop = whole.text[20:26]
    [stopped] = run(FakeEngine(), ask(Decoding(stop=(stop,))), [])
    assert (stopped.finish_reason, stopped.text) == ("stop", whole.text[: whole.text.index(stop)])


def test_what_never_ends_meets_its_limits() -> None:
    engine = FakeEngine(never_ends=True, delay_per_token=0.002, context_length=10_000)
    [limited] = run(engine, ask(Decoding(max_tokens=90)), [])
    assert (limited.finish_reason, limited.completion_tokens) == ("length", 90)
    [late] = run(engine, ask(Decoding(max_tokens=9000), deadline=0.1), [])
    assert late.finish_reason == "deadline"
    ends = time.monotonic() + 0.1
    [cancelled] = run(engine, ask(Decoding(max_tokens=9000)), [], lambda: time.monotonic() > ends)
    assert cancelled.finish_reason == "cancelled"
    assert cancelled.text


def test_out_of_memory_comes_when_asked_and_as_often() -> None:
    engine = FakeEngine(out_of_memory_after=3, failures_left=1)
    deltas: list[Delta] = []
    with pytest.raises(OutOfMemory):
        run(engine, ask(), deltas)
    assert len(deltas) == 3
    assert run(engine, ask(), [])[0].text
    always = FakeEngine(out_of_memory_after=0)
    for _ in range(2):
        with pytest.raises(OutOfMemory):
            run(always, ask(), [])


def test_a_prompt_over_the_context_is_refused() -> None:
    with pytest.raises(PromptTooLong, match="takes 20 in all"):
        run(FakeEngine(context_length=20), ask(Decoding(max_tokens=19)), [])
