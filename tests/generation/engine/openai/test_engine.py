"""What the OpenAIEngine makes of a sound model server: its texts, and what it sends for them."""

import logging
import threading
from collections.abc import Iterator

import pytest

from generation.engine.errors import (
    ModelUnavailable,
    UnsupportedDecoding,
)
from generation.engine.openai.engine import OpenAIEngine
from generation.engine.openai.protocol import seed_for
from generation.engine.types import Decoding, Delta, Result
from tests.generation.engine.conftest import ask
from tests.generation.engine.openai.runs import KEY, TEXT, engine_for, run
from tests.generation.engine.openai.server import (
    MODEL,
    WORDS,
    Exchange,
    ModelServer,
    completion,
    event,
    piece,
    refusal,
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


def test_a_streamed_text_with_its_counts(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(completion(logprob=-0.5, usage=(11, 6)))
    deltas: list[Delta] = []
    [result] = run(engine, deltas=deltas)
    assert result == Result(0, TEXT, "stop", prompt_tokens=11, completion_tokens=6, mean_logprob=-0.5)
    assert [delta.text for delta in deltas] == list(WORDS)
    assert [delta.tokens for delta in deltas] == [1, 2, 3, 4, 5]


def test_counts_of_a_server_that_tells_none(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(completion(finish="length"))
    assert run(engine) == [Result(0, TEXT, "length", prompt_tokens=0, completion_tokens=5, mean_logprob=0.0)]


def test_deltas_come_while_the_server_still_writes_in_the_callers_thread(
    server: ModelServer, engine: OpenAIEngine
) -> None:
    go_on = threading.Event()
    threads: set[int] = set()

    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.write(event(piece("first")))
        assert go_on.wait(5)
        exchange.write(event(piece(" second", finish="stop")) + event("[DONE]"))

    def on_delta(delta: Delta) -> None:
        threads.add(threading.get_ident())
        go_on.set()

    server.answers.append(answer)
    [result] = engine.generate(ask(), on_delta=on_delta, cancelled=bool)
    assert result.text == "first second"
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("packet", [1, 2, 7])
def test_characters_may_be_split_over_packets(server: ModelServer, engine: OpenAIEngine, packet: int) -> None:
    server.answers.append(completion(["清新", "的一", "天。", "🌿"], packet=packet))
    assert run(engine)[0].text == "清新的一天。🌿"


def test_a_text_depends_on_its_own_seed_alone(server: ModelServer, engine: OpenAIEngine) -> None:
    results = run(engine, ask(variants=4))
    assert [(result.variant, result.text) for result in results] == [(number, TEXT) for number in range(4)]
    four = sorted(body["seed"] for body in server.bodies)
    assert len(set(four)) == 4
    assert all(0 <= seed < 2**31 for seed in four)
    run(engine, ask(variants=1))
    assert server.bodies[-1]["seed"] in four
    run(engine, ask(variants=1, seed=8))
    assert server.bodies[-1]["seed"] not in four


def test_variants_are_written_at_once_and_do_not_mix(server: ModelServer, engine: OpenAIEngine) -> None:
    together = threading.Barrier(3)

    def answer(exchange: Exchange) -> None:
        together.wait(5)
        completion([f"{exchange.asked.body['seed']} "] * 50)(exchange)

    server.answers.extend([answer] * 3)
    assert [result.text for result in run(engine, ask(variants=3))] == [f"{seed_for(7, n)} " * 50 for n in range(3)]


def test_what_a_request_becomes(server: ModelServer, engine: OpenAIEngine) -> None:
    decoding = Decoding(temperature=0.4, top_p=0.9, top_k=20, repetition_penalty=1.1, max_tokens=33, stop=("\n\n",))
    run(engine, ask(decoding, text="描述一个杯子。"))
    [body] = server.bodies
    assert body.pop("seed") >= 0
    assert body == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "描述一个杯子。"}],
        "max_tokens": 33,
        "temperature": 0.4,
        "top_p": 0.9,
        "top_k": 20,
        "repetition_penalty": 1.1,
        "stop": ["\n\n"],
        "stream": True,
        "stream_options": {"include_usage": True},
        "logprobs": True,
    }


def test_what_is_switched_off_is_not_sent(server: ModelServer, engine: OpenAIEngine) -> None:
    run(engine, ask(Decoding(strategy="greedy")))
    run(engine, ask(Decoding()))
    greedy, sampled = server.bodies
    assert greedy["temperature"] == 0
    assert not {"top_p", "top_k", "repetition_penalty", "stop"} & set(greedy)
    assert not {"top_k", "repetition_penalty", "stop"} & set(sampled)


def test_beam_search_is_refused(server: ModelServer, engine: OpenAIEngine) -> None:
    with pytest.raises(UnsupportedDecoding, match="no beam search"):
        run(engine, ask(Decoding(strategy="beam", num_beams=2)))
    assert server.bodies == []


def test_the_key_goes_to_the_server_and_into_no_log(server: ModelServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    engine = engine_for(server, api_key=f"{KEY}\n")
    run(engine)
    engine.close()
    assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {KEY}"}
    assert len(server.asked) == 2
    assert KEY not in caplog.text


def test_no_proxy_is_taken_from_the_environment(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    engine = engine_for(server)
    assert run(engine)[0].text == TEXT
    engine.close()


def test_no_redirect_is_followed(server: ModelServer) -> None:
    with ModelServer() as other:
        engine = engine_for(server, api_key=KEY)
        moved = refusal(307, headers={"Location": f"{other.url}/chat/completions"})
        server.answers.append(moved)
        with pytest.raises(ModelUnavailable, match="answered 307"):
            run(engine)
        engine.close()
        assert other.asked == []
