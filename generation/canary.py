"""One short prompt before an engine serves people: weights that load may still write nothing, or nonsense."""

from __future__ import annotations

import math
from collections.abc import Callable

from generation.engine.errors import EngineError
from generation.engine.types import Decoding, Engine, GenerationRequest, Message

PROMPT = GenerationRequest(
    request_id="canary",
    messages=(Message("user", "Say hello."),),
    decoding=Decoding(strategy="greedy", max_tokens=8),
    deadline_seconds=120.0,
)


class CanaryFailed(Exception):
    """The engine is loaded and not fit to write."""


def try_out(engine: Engine, *, cancelled: Callable[[], bool]) -> None:
    """Write a few tokens. Raises CanaryFailed where none come, or their probability is no number."""
    try:
        (result,) = engine.generate(PROMPT, on_delta=lambda delta: None, cancelled=cancelled)
    except EngineError as error:
        raise CanaryFailed(f"{error.code}: {error}") from error
    if result.completion_tokens < 1:
        raise CanaryFailed(f"No token came; the text ended by {result.finish_reason!r}.")
    if not math.isfinite(result.mean_logprob):
        raise CanaryFailed(f"The mean log-probability of the tokens is {result.mean_logprob}.")
