"""What has come of a completion so far."""

from dataclasses import dataclass

from generation.engine.errors import GenerationFault
from generation.engine.openai.protocol import Chunk, quoted
from generation.engine.types import FinishReason

SPARE_TOKENS = 32  # events that carry no token: the role, the end, the usage
LONGEST_TOKEN = 512  # characters; tokenizers have runs of blanks and dashes


@dataclass(frozen=True, slots=True)
class Progress:
    """A piece of a text, with the counts so far; `finish_reason` is set with the last one."""

    text: str = ""
    tokens: int = 0
    mean_logprob: float = 0.0
    prompt_tokens: int = 0
    finish_reason: FinishReason | None = None


class Tally:
    """What has come of one completion."""

    def __init__(self, max_tokens: int) -> None:
        self.finish_reason: FinishReason | None = None
        self._most_tokens = max_tokens + SPARE_TOKENS
        self._events = 0
        self._characters = 0
        self._tokens = 0
        self._prompt_tokens = 0
        self._logprob = 0.0
        self._logprobs = 0

    def add(self, chunk: Chunk) -> None:
        """Count the chunk; end the text where it says so, or where no `max_tokens` tokens can be this long."""
        self._events += 1
        self._characters += len(chunk.text)
        self._tokens += len(chunk.logprobs) or bool(chunk.text)
        self._logprob += sum(chunk.logprobs)
        self._logprobs += len(chunk.logprobs)
        if chunk.prompt_tokens is not None:
            self._prompt_tokens = chunk.prompt_tokens
        if chunk.completion_tokens is not None:
            self._tokens = chunk.completion_tokens
        if chunk.finish_reason is not None:
            self.finish_reason = reason_for(chunk.finish_reason)
        elif self.overlong:
            self.finish_reason = "length"

    @property
    def overlong(self) -> bool:
        """Whether the server sends more than was asked for."""
        return self._events > self._most_tokens or self._characters > self._most_tokens * LONGEST_TOKEN

    def progress(self, text: str, *, last: bool = False) -> Progress:
        """Return the text with the counts."""
        return Progress(
            text=text,
            tokens=self._tokens,
            mean_logprob=self._logprob / self._logprobs if self._logprobs else 0.0,
            prompt_tokens=self._prompt_tokens,
            finish_reason=self.finish_reason if last else None,
        )


def reason_for(finish_reason: str) -> FinishReason:
    """Translate the server's reason. Raises GenerationFault for one that is no end of a text."""
    if finish_reason == "stop":
        return "stop"
    if finish_reason == "length":
        return "length"
    raise GenerationFault(f"The model server ended the text for a reason of its own: {quoted(str(finish_reason))}.")
