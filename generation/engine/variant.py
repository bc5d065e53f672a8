"""One text on its way, and what is known about it."""

import torch

from generation.engine.sampling import generator_for
from generation.engine.text_stream import Decode, TextStream
from generation.engine.types import Delta, FinishReason, GenerationRequest, OnDelta, Result


class Variant:
    """A row of the batch: takes tokens, hands pieces to `on_delta`, knows when it ends."""

    def __init__(
        self, number: int, request: GenerationRequest, *, decode: Decode, end_tokens: frozenset[int], on_delta: OnDelta
    ) -> None:
        self.finish_reason: FinishReason | None = None
        self.generator: torch.Generator = generator_for(request.seed, number)
        self._number = number
        self._max_tokens = request.decoding.max_tokens
        self._end_tokens = end_tokens
        self._stream = TextStream(decode, request.decoding.stop)
        self._on_delta = on_delta
        self._tokens = 0
        self._logprob = 0.0

    def take(self, token: int, logprob: float) -> None:
        """Add the chosen token; end where it is an end token, completes a stop string or is the last one allowed."""
        self._tokens += 1
        self._logprob += logprob
        if token in self._end_tokens:
            self.end("stop")
            return
        self._show(self._stream.push(token))
        if self._stream.stopped:
            self.finish_reason = "stop"
        elif self._tokens == self._max_tokens:
            self.end("length")

    def end(self, reason: FinishReason) -> None:
        """End the text and show what was held back."""
        self.finish_reason = reason
        self._show(self._stream.finish())

    def result(self, *, prompt_tokens: int) -> Result:
        """Return the finished variant; an end token counts among its tokens."""
        return Result(
            variant=self._number,
            text=self._stream.text,
            finish_reason=self.finish_reason or "stop",
            prompt_tokens=prompt_tokens,
            completion_tokens=self._tokens,
            mean_logprob=self._logprob / self._tokens if self._tokens else 0.0,
        )

    def _show(self, piece: str) -> None:
        if piece:
            self._on_delta(Delta(variant=self._number, text=piece, tokens=self._tokens))
