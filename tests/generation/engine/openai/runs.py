"""Engines on a ModelServer, and requests carried out."""

import time
from collections.abc import Callable
from typing import Any

from generation.engine.openai.engine import OpenAIEngine
from generation.engine.types import Delta, Engine, GenerationRequest, Result
from tests.generation.engine.conftest import ask
from tests.generation.engine.openai.server import MODEL, WORDS, ModelServer

TEXT = "".join(WORDS)
KEY = "a-key-that-nobody-may-see"


def engine_for(server: ModelServer, **settings: Any) -> OpenAIEngine:
    defaults: dict[str, Any] = {"model": MODEL, "url": server.url, "backoff_seconds": 0.001, "retries": 3}
    return OpenAIEngine(**defaults | settings)


def run(
    engine: Engine,
    request: GenerationRequest | None = None,
    deltas: list[Delta] | None = None,
    cancelled: Callable[[], bool] = bool,
) -> list[Result]:
    """Carry the request out; every piece joined is the text."""
    pieces: list[Delta] = [] if deltas is None else deltas
    results = engine.generate(request or ask(), on_delta=pieces.append, cancelled=cancelled)
    for result in results:
        mine = [delta for delta in pieces if delta.variant == result.variant]
        assert "".join(delta.text for delta in mine) == result.text
        assert all(delta.text for delta in mine)
    return results


def wait_until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.005)
