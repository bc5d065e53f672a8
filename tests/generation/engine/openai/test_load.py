"""Many runs on one OpenAIEngine at once."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from generation.engine.errors import (
    ModelUnavailable,
)
from generation.engine.openai.engine import OpenAIEngine
from generation.engine.types import Counters, Decoding
from tests.generation.engine.conftest import ask
from tests.generation.engine.openai.runs import TEXT, engine_for, run, wait_until
from tests.generation.engine.openai.server import (
    Exchange,
    ModelServer,
    completion,
    endless,
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


def test_connections_are_bounded(server: ModelServer) -> None:
    engine = engine_for(server, concurrency=2)
    gate = threading.Semaphore(0)

    def answer(exchange: Exchange) -> None:
        assert gate.acquire(timeout=5)
        completion()(exchange)

    server.answers.extend([answer] * 5)
    with ThreadPoolExecutor(1) as pool:
        runs = pool.submit(run, engine, ask(variants=5))
        for answered in range(4):
            wait_until(lambda expected=answered + 2: len(server.bodies) == expected)  # type: ignore[misc]
            time.sleep(0.03)
            assert len(server.bodies) == answered + 2
            gate.release()
        gate.release()
        assert [result.text for result in runs.result()] == [TEXT] * 5
    engine.close()


def test_those_who_wait_for_a_connection_still_end_in_time(server: ModelServer) -> None:
    engine = engine_for(server, concurrency=2)
    server.answers.extend([endless()] * 2)
    stop = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        busy = pool.submit(run, engine, ask(Decoding(max_tokens=9000), variants=2), None, stop.is_set)
        wait_until(lambda: len(server.bodies) == 2)
        assert engine.counters() == Counters(slots=2, slots_in_use=2)
        started = time.monotonic()
        assert run(engine, ask(deadline=0.1))[0].finish_reason == "deadline"
        assert time.monotonic() - started < 1
        waiting = pool.submit(run, engine, ask(variants=3))
        wait_until(lambda: engine.counters().waiting == 3)
        stop.set()
        assert {result.finish_reason for result in busy.result()} == {"cancelled"}
        assert [result.text for result in waiting.result()] == [TEXT] * 3
    engine.close()


def test_many_runs_at_once(server: ModelServer) -> None:
    engine = engine_for(server, concurrency=8)
    with ThreadPoolExecutor(6) as pool:
        runs = [pool.submit(run, engine, ask(variants=4, seed=seed)) for seed in range(12)]
        assert all(result.text == TEXT for each in runs for result in each.result())
    engine.close()
    counters = engine.counters()
    assert (counters.slots_in_use, counters.waiting, counters.decode_tokens) == (0, 0, 12 * 4 * 5)


def test_closing_ends_the_runs_in_progress(server: ModelServer, engine: OpenAIEngine) -> None:
    server.answers.append(endless())
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(run, engine, ask(Decoding(max_tokens=9000)))
        wait_until(lambda: len(server.bodies) == 1)
        engine.close()
        with pytest.raises(ModelUnavailable, match="closed"):
            busy.result()
    assert server.hung_up.acquire(timeout=1)
    with pytest.raises(ModelUnavailable, match="closed"):
        run(engine)
    assert not [thread for thread in threading.enumerate() if thread.name == "openai-engine"]
