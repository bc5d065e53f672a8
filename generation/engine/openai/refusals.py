"""What a model server's refusal means: whose fault it is, and whether to ask again."""

import re

from generation.engine.errors import EngineError, InvalidRequest, ModelUnavailable, ModelUnknown, PromptTooLong
from generation.engine.openai.protocol import Busy, Refused

# "maximum context length is 4096 tokens" (vLLM, SGLang), "available context size (4096 tokens)" (llama.cpp)
CONTEXT = re.compile(r"context (?:length|size)\D{1,20}(\d{1,9})")
# "5000 input tokens", "5000 in the messages" (vLLM), "5000 tokens from the input messages", "input (5000 tokens)"
# (SGLang), "request (5000 tokens)" (llama.cpp)
PROMPT = re.compile(
    r"(\d{1,9}) (?:input tokens|tokens from the input|in the (?:messages|prompt))"
    r"|(?:input|request) \((\d{1,9}) tokens\)"
)


def meaning(refused: Refused, *, url: str, model: str, max_tokens: int = 0) -> EngineError | Busy:
    """Return what to raise."""
    status = refused.status
    if status in (401, 403):
        return ModelUnavailable(f"The model server at {url} refused the key ({status}). Check the key and its rights.")
    if status == 404:
        return ModelUnknown(
            f"The model server at {url} knows no {model!r} (404). Check the model's name and the address."
        )
    if status in (408, 425, 429) or status >= 500:
        return Busy(f"it answered {status}: {refused}", retry_after=refused.retry_after)
    if status in (400, 413, 422):
        return too_long(refused.body, max_tokens) or InvalidRequest(
            f"The model server refused the request ({status}): {refused}"
        )
    return ModelUnavailable(f"The model server at {url} answered {status}. Check the address: it usually ends in /v1.")


def too_long(body: str, max_tokens: int) -> PromptTooLong | None:
    """Return the error with the numbers that the server names, or None where it is not about the context."""
    context, prompt = CONTEXT.search(body), PROMPT.search(body)
    if context is None or prompt is None:
        return None
    error = PromptTooLong(
        prompt_tokens=int(prompt[1] or prompt[2]), max_tokens=max_tokens, context_length=int(context[1])
    )
    return error if error.tokens_over > 0 else None
