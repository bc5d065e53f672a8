"""Where the OpenAIEngine's texts end, and that no connection outlives them."""

import itertools
import time
from collections.abc import Iterator

import pytest

from generation.engine.errors import (
    RemoteUnavailable,
)
from generation.engine.openai.engine import OpenAIEngine
from generation.engine.types import Decoding, Delta
from tests.generation.engine.conftest import ask
from tests.generation.engine.openai.runs import TEXT, engine_for, run
from tests.generation.engine.openai.server import (
    ModelServer,
    completion,
    endless,
    event,
    piece,
    silent,
    stream,
)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def engine(server: ModelServer) -> Iterator[OpenAIEngine]:
    engine = engine_for(server)
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["one", "\n", "\ntwo"], "one"),
        (["one\n", " two", "\n\n", "three"], "one\n two"),
        (["one E", "N", "D two"], "one "),
        (["one E", "N", "d two"], "one ENd two"),
        (["one EN"], "one EN"),
        (["END"], ""),
    ],
)
def test_a_text_ends_before_a_stop_string_over_chunk_borders(
    server: ModelServer, engine: OpenAIEngine, words: list[str], text: str
) -> None:
    server.answers.append(completion(words))
    [result] = run(engine, ask(Decoding(stop=("\n\n", "END"))))
    assert (result.text, result.finish_reason) == (text, "stop")


def test_a_stop_string_ends_the_stream_of_a_server_that_goes_on(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(endless())
    stops = ("a", "b", "c", "d", "more more")
    [result] = run(engine, ask(Decoding(stop=stops, max_tokens=9000)))
    assert (result.text, result.finish_reason) == (" ", "stop")
    assert server.bodies[0]["stop"] == ["a", "b", "c", "d"]
    assert server.hung_up.acquire(timeout=1)


def test_a_server_that_never_ends_is_cut_off(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(endless(pause=0))
    [result] = run(engine, ask(Decoding(max_tokens=5)))
    assert result.finish_reason == "length"
    assert result.completion_tokens < 100
    assert server.hung_up.acquire(timeout=1)


def test_an_event_without_end_is_not_read_to_memory(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.extend([stream(b"data: ", *[b"x" * 65_536] * 40)] * 4)
    with pytest.raises(RemoteUnavailable):
        run(engine)


def test_cancellation_closes_the_connections(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.extend([endless()] * 3)
    deltas: list[Delta] = []
    request = ask(Decoding(max_tokens=9000), variants=3)
    results = run(engine, request, deltas, lambda: len({delta.variant for delta in deltas}) == 3)
    assert {result.finish_reason for result in results} == {"cancelled"}
    assert all(result.text for result in results)
    for _ in range(3):
        assert server.hung_up.acquire(timeout=1)


@pytest.mark.parametrize("before", [(), (event(piece("begun")),)])
def test_a_silent_server_is_left_at_the_deadline(
    server: ModelServer, engine: OpenAIEngine, before: tuple[bytes, ...]
) -> None:
    server.answers.extend([silent(*before)] * 2)
    started = time.monotonic()
    results = run(engine, ask(variants=2, deadline=0.2))
    assert time.monotonic() - started < 1
    assert [(result.text, result.finish_reason) for result in results] == [("begun" * len(before), "deadline")] * 2
    for _ in range(2):
        assert server.hung_up.acquire(timeout=1)


def test_a_silent_server_does_not_keep_cancellation_from_being_asked(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(silent())
    asked: list[float] = []
    ends = time.monotonic() + 0.3

    def cancelled() -> bool:
        asked.append(time.monotonic())
        return asked[-1] > ends

    assert run(engine, cancelled=cancelled)[0].finish_reason == "cancelled"
    assert max(after - before for before, after in itertools.pairwise(asked)) < 0.15


@pytest.mark.parametrize("where", ["on_delta", "cancelled"])
def test_what_the_callables_raise_goes_up_and_closes_the_connections(
    server: ModelServer, engine: OpenAIEngine, where: str
) -> None:
    server.answers.extend([endless()] * 2)
    seen: list[Delta] = []

    def on_delta(delta: Delta) -> None:
        seen.append(delta)
        if where == "on_delta" and len(seen) > 5:
            raise LookupError("from the caller")

    def cancelled() -> bool:
        if where == "cancelled" and len(seen) > 5:
            raise LookupError("from the caller")
        return False

    request = ask(Decoding(max_tokens=9000), variants=2)
    with pytest.raises(LookupError, match="from the caller"):
        engine.generate(request, on_delta=on_delta, cancelled=cancelled)
    for _ in range(2):
        assert server.hung_up.acquire(timeout=1)
    assert run(engine)[0].text == TEXT
