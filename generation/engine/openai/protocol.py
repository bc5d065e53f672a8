"""The OpenAI chat-completions protocol as vLLM, SGLang and llama.cpp speak it: what is sent, and how answers read."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from typing import Any

from generation.engine.types import GenerationRequest

LARGEST_COUNT = 2**31 - 1
MOST_STOPS_SENT = 4  # some servers refuse more; the others are applied on our side alone
# What tells more about a text without changing it: a server that refuses one of these is asked again without it.
EXTRAS = ("logprobs", "stream_options")


class Busy(Exception):
    """The server could not answer this time; asking again may help. `str(busy)` is the second half of a sentence."""

    def __init__(self, reason: str, *, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refused(Exception):
    """The server answered with an error: an HTTP status of 400 or more, or an event of that kind in the stream."""

    def __init__(self, status: int, body: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message_in(body))
        self.status = status
        self.body = body
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event of a streamed completion; the counts are None where it does not tell them."""

    text: str
    logprobs: list[float]
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None


def body_for(request: GenerationRequest, *, variant: int, model: str) -> dict[str, Any]:
    """Return the JSON that asks for one variant; top_k and repetition_penalty have the names of vLLM and SGLang."""
    decoding = request.decoding
    sampled = decoding.strategy == "sample"
    body: dict[str, Any] = {
        "model": model,
        "messages": [asdict(message) for message in request.messages],
        "max_tokens": decoding.max_tokens,
        "temperature": decoding.temperature if sampled else 0,
        "seed": seed_for(request.seed, variant),
        "stream": True,
        "stream_options": {"include_usage": True},
        "logprobs": True,
    }
    if sampled:
        body["top_p"] = decoding.top_p
        if decoding.top_k:
            body["top_k"] = decoding.top_k
    if decoding.repetition_penalty != 1.0:
        body["repetition_penalty"] = decoding.repetition_penalty
    if decoding.stop:
        body["stop"] = list(decoding.stop[:MOST_STOPS_SENT])
    return body


def seed_for(seed: int, variant: int) -> int:
    """Return the variant's own seed: 31 bits, because llama.cpp reads 32 and takes the largest for "any"."""
    digest = hashlib.sha256(f"{seed}:{variant}".encode()).digest()
    return int.from_bytes(digest[:4]) >> 1


def read_chunk(data: str) -> Chunk:
    """Read one event. Raises Busy where it is not a chat completion's, Refused where it tells an error."""
    try:
        event = json.loads(data)
        if event.get("error") or event.get("object") == "error":  # SGLang finds a prompt too long when it streams
            raise Refused(status_in(event.get("error") or event), data)
        choice = event["choices"][0] if event.get("choices") else {}
        text = str((choice.get("delta") or {}).get("content") or "")
        text.encode()  # half a surrogate pair cannot be stored
        usage = event.get("usage") or {}
        return Chunk(
            text=text,
            logprobs=logprobs_in(choice),
            finish_reason=choice.get("finish_reason") or None,
            prompt_tokens=count_in(usage, "prompt_tokens"),
            completion_tokens=count_in(usage, "completion_tokens"),
        )
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise Busy("it sent something that is not a chat completion") from error


def logprobs_in(choice: dict[str, Any]) -> list[float]:
    """Return the chosen tokens' log-probabilities, none where the server does not tell them."""
    content = (choice.get("logprobs") or {}).get("content") or []
    return [value for token in content if math.isfinite(value := float(token["logprob"]))]


def count_in(usage: dict[str, Any], name: str) -> int | None:
    """Return the count, or None where the server does not tell it. Raises ValueError for what no text can count."""
    if usage.get(name) is None:
        return None
    count = int(usage[name])
    if not 0 <= count <= LARGEST_COUNT:
        raise ValueError(f"{name} is {count}")
    return count


def status_in(error: object) -> int:
    """Return the HTTP status that an error event would have had."""
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 500


def message_in(body: str) -> str:
    """Return what an answer says of its error, on one line and not too long."""
    try:
        answer = json.loads(body)
        error = answer.get("error") or answer
        return quoted(str(error.get("message") or error.get("detail") or body))
    except (ValueError, AttributeError, RecursionError):
        return quoted(body) or "no reason given"


def quoted(text: str) -> str:
    """Return the text on one line, cut to what a person reads."""
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:300]}…"
