"""One text as it comes from a model server, seen from the caller's thread."""

from generation.engine.openai.tally import Progress
from generation.engine.text_stream import longest_overlap
from generation.engine.types import Decoding, Delta, FinishReason, OnDelta, Result


class RemoteText:
    """Cuts the text before the first stop string, also one that the server let pass, and hands out the rest."""

    def __init__(self, number: int, decoding: Decoding, on_delta: OnDelta) -> None:
        self.finish_reason: FinishReason | None = None
        self._number = number
        self._stops = decoding.stop
        self._on_delta = on_delta
        self._latest = Progress()
        self._text = ""
        self._held = ""  # could be the beginning of a stop string

    @property
    def ended(self) -> bool:
        """Whether nothing more belongs to the text."""
        return self.finish_reason is not None

    def take(self, progress: Progress) -> bool:
        """Add what the server sent; end where it did, or at a stop string. Returns whether the text has ended."""
        self._latest = progress
        waiting = self._held + progress.text
        found = [place for stop in self._stops if (place := waiting.find(stop)) >= 0]
        keep = min(found) if found else len(waiting) - longest_overlap(waiting, self._stops)
        self._held = waiting[keep:]
        self._show(waiting[:keep])
        if found:
            self.finish_reason = "stop"
        elif progress.finish_reason is not None:
            self.end(progress.finish_reason)
        return self.ended

    def end(self, reason: FinishReason) -> None:
        """End the text and show what was held back."""
        self.finish_reason = reason
        piece, self._held = self._held, ""
        self._show(piece)

    def result(self) -> Result:
        """Return the finished variant."""
        return Result(
            variant=self._number,
            text=self._text,
            finish_reason=self.finish_reason or "stop",
            prompt_tokens=self._latest.prompt_tokens,
            completion_tokens=self._latest.tokens,
            mean_logprob=self._latest.mean_logprob,
        )

    def _show(self, piece: str) -> None:
        if piece:
            self._text += piece
            self._on_delta(Delta(variant=self._number, text=piece, tokens=self._latest.tokens))
