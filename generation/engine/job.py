"""One call of `generate` on its way through the engine: the loop's thread writes it, the caller's thread reads it."""

import queue
import threading
from collections.abc import Iterator

from torch import Tensor

from generation.engine.loading import LoadedModel
from generation.engine.types import Cancelled, Delta, GenerationRequest, OnDelta, Result
from generation.engine.variant import Variant
from generation.engine.watch import Watch

SECONDS_BETWEEN_LOOKS = 0.05


class Job:
    """A request with its variants. `prefilled` counts the tokens of the prompt that the network has read.

    The variants start together once the prompt is read, as far as there are slots; `first_logits` [1, vocabulary] are
    kept for those that start later.
    """

    def __init__(self, request: GenerationRequest, prompt: list[int], model: LoadedModel) -> None:
        self.request = request
        self.prompt = prompt
        self.prefilled = 0
        self.first_logits: Tensor | None = None
        self.is_finished = False
        self._cancelled = threading.Event()
        self._watch = Watch(request, self._cancelled.is_set)
        self._deltas: queue.SimpleQueue[Delta | None] = queue.SimpleQueue()
        self._error: Exception | None = None
        self.variants = [
            Variant(number, request, decode=model.decode, end_tokens=model.end_tokens, on_delta=self._deltas.put)
            for number in range(request.variants)
        ]
        self._unstarted = iter(self.variants)
        self.unstarted = len(self.variants)

    def start_variant(self) -> Variant:
        """Return the next variant that has not been started."""
        self.unstarted -= 1
        return next(self._unstarted)

    @property
    def unended(self) -> int:
        """How many variants are still written or wait for it."""
        return 0 if self.is_finished else sum(variant.finish_reason is None for variant in self.variants)

    def end_if_due(self) -> bool:
        """End every variant where the caller cancelled or the deadline has passed; return whether it did."""
        reason = self._watch.reason()
        if reason is None:
            return False
        for variant in self.variants:
            if variant.finish_reason is None:
                variant.end(reason)
        self.finish()
        return True

    def finish(self, error: Exception | None = None) -> None:
        """Let the caller go; `error` is raised there."""
        self._error = error
        self.is_finished = True
        self._deltas.put(None)

    def results(self, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        """Hand on what is written until the job is finished; called in the thread that asked.

        What the two callables raise goes up, and the job ends.
        """
        try:
            for delta in self._arriving(cancelled):
                on_delta(delta)
        finally:
            self._cancelled.set()
        if self._error is not None:
            raise self._error
        return [variant.result(prompt_tokens=len(self.prompt)) for variant in self.variants]

    def _arriving(self, cancelled: Cancelled) -> Iterator[Delta]:
        while True:
            if cancelled():
                self._cancelled.set()
            try:
                delta = self._deltas.get(timeout=SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                continue
            if delta is None:
                return
            yield delta
