"""What the OpenAIEngine does when the model server fails: it tries again, or says what is wrong."""

import email.utils
import time
from collections.abc import Callable, Iterator

import pytest

from generation.engine.errors import (
    GenerationFault,
    InvalidRequest,
    ModelUnavailable,
    ModelUnknown,
    PromptTooLong,
    RemoteUnavailable,
)
from generation.engine.openai.engine import OpenAIEngine
from generation.engine.types import Decoding, Delta
from tests.generation.engine.conftest import ask
from tests.generation.engine.openai.runs import KEY, TEXT, engine_for, run
from tests.generation.engine.openai.server import (
    Exchange,
    ModelServer,
    completion,
    endless,
    event,
    piece,
    refusal,
    reset,
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
    "trouble", [refusal(503, "loading"), refusal(429), reset, stream(event(piece(""))), stream(b"")]
)
def test_what_fails_before_the_first_piece_is_tried_again(
    server: ModelServer, engine: OpenAIEngine, trouble: Callable[[Exchange], None]
) -> None:
    server.answers.extend([trouble, trouble])
    assert run(engine)[0].text == TEXT
    assert len(server.bodies) == 3
    assert len({body["seed"] for body in server.bodies}) == 1


def test_the_waits_between_tries_grow(server: ModelServer) -> None:
    engine = engine_for(server, backoff_seconds=0.04)
    server.answers.extend([refusal(503)] * 2)
    run(engine)
    engine.close()
    _, first, second, third = [asked.at for asked in server.asked]
    assert second - first >= 0.03
    assert third - second >= 0.06


def test_the_server_may_ask_for_a_longer_wait(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(refusal(429, headers={"Retry-After": "0.2"}))
    run(engine)
    first, second = [asked.at for asked in server.asked[1:]]
    assert second - first >= 0.2


@pytest.mark.parametrize("wait", ["3600", email.utils.formatdate(time.time() + 3600, usegmt=True)])
def test_a_wait_of_an_hour_is_not_waited(server: ModelServer, engine: OpenAIEngine, wait: str) -> None:
    server.answers.append(refusal(503, headers={"Retry-After": wait}))
    with pytest.raises(RemoteUnavailable, match=r"\(tries: 1\)"):
        run(engine)


def test_the_deadline_ends_a_wait(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(refusal(503, headers={"Retry-After": "60"}))
    [result] = run(engine, ask(deadline=0.1))
    assert (result.finish_reason, result.text) == ("deadline", "")


def test_it_gives_up_in_the_end_and_serves_the_next(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.extend([refusal(503, "Loading model")] * 4)
    with pytest.raises(RemoteUnavailable, match=r"\(tries: 4\): it answered 503: Loading model\. Check") as raised:
        run(engine)
    assert raised.value.code == "remote_unavailable"
    assert run(engine)[0].text == TEXT


@pytest.mark.parametrize("trouble", [refusal(500, "assertion failed"), stream(event("not JSON"))])
def test_a_server_that_is_there_and_fails_at_this_text_is_a_fault(
    server: ModelServer, engine: OpenAIEngine, trouble: Callable[[Exchange], None]
) -> None:
    """To wait for it would hold up the others in vain."""
    server.answers.extend([trouble] * 4)
    with pytest.raises(GenerationFault, match=r"\(tries: 4\): it ") as raised:
        run(engine)
    assert raised.type is GenerationFault
    assert run(engine)[0].text == TEXT


@pytest.mark.parametrize("count", ["-1", "2147483648", "1e999", "NaN"])
def test_a_count_that_no_text_can_have_is_not_believed(server: ModelServer, engine: OpenAIEngine, count: str) -> None:
    usage = f'{{"choices": [], "usage": {{"prompt_tokens": {count}, "completion_tokens": 2}}}}'
    server.answers.append(stream(event(piece("two words", finish="stop")), event(usage)))
    [result] = run(engine)
    assert (result.text, result.prompt_tokens) == ("two words", 0)
    server.answers.append(stream(event(usage)))
    assert run(engine)[0].text == TEXT, "asked again"


def test_a_server_that_is_gone(server: ModelServer) -> None:
    with ModelServer() as gone:
        engine = engine_for(gone)
    with pytest.raises(RemoteUnavailable, match="no connection could be made"):
        run(engine)
    with pytest.raises(RemoteUnavailable, match="no connection could be made"):
        engine_for(gone)
    engine.close()


def test_silence_is_an_error_after_a_while(server: ModelServer) -> None:
    engine = engine_for(server, timeout_seconds=0.1, retries=1)
    server.answers.extend([silent()] * 2)
    with pytest.raises(RemoteUnavailable, match=r"\(tries: 2\): it was silent for 0\.1 seconds"):
        run(engine)
    engine.close()


@pytest.mark.parametrize(
    "end",
    [
        b'data: {"choices": [{"delta"\n\n',
        event("not JSON"),
        event([1, 2]),
        event({"choices": 5}),
        event('{"choices": [{"delta": {"content": "\\ud83d"}}]}'),  # half a surrogate pair
        event("[" * 100_000),
        event({"error": {"message": "out of memory", "code": 500}}),
        event({"error": "out of memory"}),
        event({"object": "error", "message": "out of memory", "code": 500}),
        event({"ping": 1}) + event("[DONE]"),
        b"",
    ],
)
def test_what_breaks_off_in_the_middle_is_a_fault(server: ModelServer, engine: OpenAIEngine, end: bytes) -> None:
    server.answers.append(stream(event(piece("half a")), end))
    deltas: list[Delta] = []
    with pytest.raises(GenerationFault, match="broke off in the middle of a text") as raised:
        run(engine, deltas=deltas)
    assert raised.type is GenerationFault
    assert [delta.text for delta in deltas] == ["half a"]
    assert len(server.bodies) == 1
    assert run(engine)[0].text == TEXT


def test_one_broken_variant_closes_the_others(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.extend([endless(), endless(), stream(event(piece("half a")))])
    with pytest.raises(GenerationFault):
        run(engine, ask(Decoding(max_tokens=9000), variants=3))
    for _ in range(2):
        assert server.hung_up.acquire(timeout=1)


def test_a_connection_that_breaks_after_the_end_does_no_harm(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(stream(event(piece("whole", finish="stop"))))
    assert run(engine)[0].text == "whole"


def test_an_end_of_the_servers_own_is_a_fault(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(completion(finish="abort"))
    with pytest.raises(GenerationFault, match="a reason of its own: abort"):
        run(engine)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key(server: ModelServer, status: int) -> None:
    engine = engine_for(server, api_key=KEY)
    server.answers.append(refusal(status, f"wrong key {KEY}"))
    with pytest.raises(ModelUnavailable, match="Check the key") as raised:
        run(engine)
    assert KEY not in str(raised.value)
    server.card_answers.append(refusal(status))
    with pytest.raises(ModelUnavailable, match="Check the key"):
        engine_for(server)
    engine.close()


def test_a_model_that_went_away(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(refusal(404, "The model does not exist."))
    with pytest.raises(ModelUnknown, match="knows no 'tiny-chat'"):
        run(engine)


@pytest.mark.parametrize(
    ("message", "prompt_tokens", "context_length"),
    [
        (
            "This model's maximum context length is 4096 tokens. However, you requested 5040 tokens (5000 in the "
            "messages, 40 in the completion). Please reduce the length of the messages or completion.",
            5000,
            4096,
        ),
        (
            "This model's maximum context length is 4096 tokens. However, you requested 40 output tokens and your "
            "prompt contains at least 4057 input tokens, for a total of at least 4097 tokens.",
            4057,
            4096,
        ),
        ("The input (5000 tokens) is longer than the model's context length (4096 tokens).", 5000, 4096),
        (
            "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of "
            "5040 tokens: 5000 tokens from the input messages and 40 tokens for the completion.",
            5000,
            4096,
        ),
        ("request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it", 5000, 4096),
    ],
)
@pytest.mark.parametrize("in_stream", [False, True])
def test_a_prompt_over_the_context(
    server: ModelServer, engine: OpenAIEngine, message: str, prompt_tokens: int, context_length: int, in_stream: bool
) -> None:
    told = stream(event({"error": {"message": message, "code": 400}}), b"")
    server.answers.append(told if in_stream else refusal(400, message))
    with pytest.raises(PromptTooLong) as raised:
        run(engine)
    assert (raised.value.prompt_tokens, raised.value.context_length) == (prompt_tokens, context_length)
    assert raised.value.max_tokens == 40


def test_a_refusal_for_another_reason(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(refusal(400, "the context length is what it is; temperature is odd\n" * 90))
    with pytest.raises(InvalidRequest, match="temperature is odd") as raised:
        run(engine)
    assert len(str(raised.value)) < 400
    assert len(server.bodies) == 1


def test_a_server_without_the_extras_is_asked_without_them(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.extend([refusal(400, "logprobs are not supported"), refusal(422, "Unknown field: stream_options")])
    assert run(engine)[0].text == TEXT
    assert not {"logprobs", "stream_options"} & set(server.bodies[-1])
    server.answers.append(refusal(400, "seed is not supported"))
    with pytest.raises(InvalidRequest, match="seed is not supported"):
        run(engine)
