"""What goes into an engine and what comes out of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from generation.engine.errors import InvalidRequest, UnsupportedDecoding

Role = Literal["system", "user", "assistant"]
Strategy = Literal["greedy", "sample", "beam"]
FinishReason = Literal["stop", "length", "cancelled", "deadline"]

LONGEST_STOP_STRING = 200
MOST_STOP_STRINGS = 16
MOST_BEAMS = 16


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Decoding:
    """How the next token is chosen, and when to end.

    `temperature`, `top_p` and `top_k` count for "sample" alone, `num_beams` for "beam" alone; `top_k=0` and `top_p=1`
    switch the filter off. The text ends before the first of the `stop` strings.
    """

    strategy: Strategy = "sample"
    temperature: float = 0.7
    top_p: float = 0.95
    top_k: int = 0
    repetition_penalty: float = 1.0
    num_beams: int = 1
    max_tokens: int = 256
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise InvalidRequest or UnsupportedDecoding for settings that no engine can follow."""
        if self.strategy not in ("greedy", "sample", "beam"):
            raise UnsupportedDecoding(f"The strategy {self.strategy!r} is not one of greedy, sample and beam.")
        within("temperature", self.temperature, 0.01, 10)
        within("top_p", self.top_p, 0.001, 1)
        within("top_k", self.top_k, 0, 1_000_000)
        within("repetition_penalty", self.repetition_penalty, 0.1, 10)
        within("max_tokens", self.max_tokens, 1, 1_000_000)
        within("num_beams", self.num_beams, 1, MOST_BEAMS)
        if (self.strategy == "beam") != (self.num_beams > 1):
            raise UnsupportedDecoding("Beam search needs two beams or more; the other strategies have one.")
        if len(self.stop) > MOST_STOP_STRINGS or any(not 0 < len(text) <= LONGEST_STOP_STRING for text in self.stop):
            raise InvalidRequest(
                f"There may be {MOST_STOP_STRINGS} stop strings of 1 to {LONGEST_STOP_STRING} characters each."
            )


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """Texts asked for at once: `variants` completions of one chat.

    The text of a variant depends on the messages, the decoding, the seed and its own number alone, not on how many
    variants are asked. `deadline_seconds` counts from the call of `generate`; None is no deadline.
    """

    request_id: str
    messages: tuple[Message, ...]
    decoding: Decoding = field(default_factory=Decoding)
    seed: int = 0
    variants: int = 1
    deadline_seconds: float | None = None

    def __post_init__(self) -> None:
        """Raise InvalidRequest or UnsupportedDecoding for a request that no engine can serve."""
        if not self.messages or not any(message.content.strip() for message in self.messages):
            raise InvalidRequest("The prompt is empty.")
        within("variants", self.variants, 1, 64)
        within("seed", self.seed, 0, 2**63 - 1)
        if self.deadline_seconds is not None and not self.deadline_seconds > 0:
            raise InvalidRequest("The deadline must be more than 0 seconds.")
        if self.decoding.strategy == "beam" and self.variants > self.decoding.num_beams:
            raise UnsupportedDecoding(
                f"Beam search with {self.decoding.num_beams} beams cannot give {self.variants} variants; ask for more."
            )


@dataclass(frozen=True, slots=True)
class Delta:
    """A streamed piece of one variant; the pieces of a variant joined are its result's text.

    `tokens` is how many tokens the variant has so far, this piece included.
    """

    variant: int
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Result:
    """One finished variant.

    `finish_reason`: "stop" for an end token or a stop string, "length" for `max_tokens`; with "cancelled" and
    "deadline" the text is what there was. `mean_logprob` is the mean natural log-probability of the chosen tokens under
    the model's own distribution, before temperature, filters and penalty; 0.0 without tokens.
    """

    variant: int
    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    completion_tokens: int
    mean_logprob: float


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What a run records about the engine that made it, so that it can be made again.

    `digest` names the weights (weights.Manifest.digest) and `files` maps their names to their SHA-256. `languages` are
    BCP 47 tags (empty: unknown), `versions` maps a library's name to its version. `threads` is how many the engine
    computes with on a CPU; 0 elsewhere.
    """

    model: str
    digest: str
    device: str
    dtype: str
    context_length: int
    languages: tuple[str, ...]
    versions: Mapping[str, str]
    licence: str = ""
    source: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Counters:
    """What an engine is doing, and has done since it was loaded.

    `slots` is how many variants it writes at once, `waiting` how many wait for a slot. `prefill_tokens` counts the
    tokens of prompts that went through the network, `decode_tokens` the tokens that were written.
    """

    slots: int
    slots_in_use: int = 0
    waiting: int = 0
    steps: int = 0
    prefill_tokens: int = 0
    decode_tokens: int = 0


OnDelta = Callable[[Delta], None]
Cancelled = Callable[[], bool]


class Engine(Protocol):
    """A loaded model. Many threads may call it at once; their variants share its slots."""

    @property
    def info(self) -> EngineInfo:
        """Return what the engine runs on."""

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        """Return one result a variant, in order, and hand every piece to `on_delta` on the way.

        `cancelled` is asked at least once a token; once it is true, every variant ends with "cancelled". What the two
        callables raise goes up unchanged. Raises RequestError (the caller's fault) or GenerationFault (ours); the
        engine serves the next request after either.
        """

    def counters(self) -> Counters:
        """Return the present load; cheap, and safe from any thread."""

    def close(self) -> None:
        """Give the memory back. The engine cannot be used afterwards."""


def within(name: str, value: float, least: float, most: float) -> None:
    """Raise InvalidRequest unless least ≤ value ≤ most (which NaN is not)."""
    if not least <= value <= most:
        raise InvalidRequest(f"{name} is {value}; it must be between {least} and {most}.")
