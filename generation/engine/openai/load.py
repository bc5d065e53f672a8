"""How much an engine asks of its model server, over all its runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from generation.engine.openai.text import RemoteText
from generation.engine.types import Counters


class Load:
    """Counts texts, for any number of threads. `slots` is how many the engine asks for at once."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._lock = threading.Lock()
        self._runs: list[list[RemoteText]] = []
        self._prefill_tokens = 0
        self._decode_tokens = 0

    @contextmanager
    def of(self, texts: list[RemoteText]) -> Iterator[None]:
        """Count the texts of one run as long as it lasts, and their tokens from then on."""
        with self._lock:
            self._runs.append(texts)
        try:
            yield
        finally:
            results = [text.result() for text in texts]
            with self._lock:
                self._runs.remove(texts)
                self._prefill_tokens += sum(result.prompt_tokens for result in results)
                self._decode_tokens += sum(result.completion_tokens for result in results)

    def counters(self) -> Counters:
        """See types.Engine."""
        with self._lock:
            open_texts = sum(not text.ended for texts in self._runs for text in texts)
            return Counters(
                slots=self._slots,
                slots_in_use=min(open_texts, self._slots),
                waiting=max(0, open_texts - self._slots),
                prefill_tokens=self._prefill_tokens,
                decode_tokens=self._decode_tokens,
            )
