"""An engine without a model, for tests and for demonstrations of failure."""

import hashlib
import json
import re
import time
from dataclasses import asdict

from generation.engine.errors import OutOfMemory, PromptTooLong
from generation.engine.types import (
    Cancelled,
    Counters,
    Delta,
    EngineInfo,
    FinishReason,
    GenerationRequest,
    OnDelta,
    Result,
)
from generation.engine.watch import Watch

ENGLISH: list[str] = re.findall(
    r"\w+",
    "fresh bright simple honest quiet warm light strong everyday careful modern reliable coffee morning kitchen garden "
    "journey family studio season comfort design flavour detail brings keeps makes gives saves fits with for and our",
)
CHINESE: list[str] = re.findall(
    r"\w+",
    "清新 简单 可靠 温暖 轻盈 用心 每天 清晨 家人 旅程 设计 品质 细节 口感 带来 陪伴 让 与 为 您的 我们的 每一个",
)
WORDS_IN_SENTENCE = 9


class FakeEngine:
    """Texts that follow from a hash of the messages, the decoding's strategy, the seed and the variant; nothing random.

    `delay_per_token` seconds pass at each step (all variants step together). With `never_ends` no end token comes: only
    `max_tokens`, the deadline or cancellation end a text. `out_of_memory_after` raises OutOfMemory once a run has that
    many steps, while `failures_left` is above zero (None: every time), so that a retry can succeed.
    """

    def __init__(
        self,
        *,
        delay_per_token: float = 0.0,
        never_ends: bool = False,
        out_of_memory_after: int | None = None,
        failures_left: int | None = None,
        context_length: int = 2048,
        languages: tuple[str, ...] = ("en", "zh"),
        model: str = "fake",
        slots: int = 16,
    ) -> None:
        self._delay_per_token = delay_per_token
        self._never_ends = never_ends
        self._out_of_memory_after = out_of_memory_after
        self._failures_left = failures_left
        self._slots = slots
        self._running: dict[str, int] = {}
        self.info = EngineInfo(
            model=model,
            digest=hashlib.sha256(model.encode()).hexdigest(),
            device="none",
            dtype="none",
            context_length=context_length,
            languages=languages,
            versions={},
        )

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        """See types.Engine."""
        prompt_tokens = count_tokens(request)
        max_tokens = request.decoding.max_tokens
        if prompt_tokens + max_tokens > self.info.context_length:
            raise PromptTooLong(
                prompt_tokens=prompt_tokens, max_tokens=max_tokens, context_length=self.info.context_length
            )
        watch = Watch(request, cancelled)
        variants = [Variant(number, request, never_ends=self._never_ends) for number in range(request.variants)]
        step = 0
        self._running[request.request_id] = request.variants
        try:
            while any(variant.finish_reason is None for variant in variants):
                self._fail_if_asked(step)
                self._step(variants, on_delta, watch.reason())
                step += 1
        finally:
            del self._running[request.request_id]
        return [variant.result(prompt_tokens) for variant in variants]

    def counters(self) -> Counters:
        """See types.Engine."""
        return Counters(slots=self._slots, slots_in_use=sum(self._running.values()))

    def close(self) -> None:
        """Nothing is held."""

    def _step(self, variants: list["Variant"], on_delta: OnDelta, halt: FinishReason | None) -> None:
        if halt is None and self._delay_per_token:
            time.sleep(self._delay_per_token)
        for variant in variants:
            if variant.finish_reason is None and (piece := variant.advance(halt)):
                on_delta(Delta(variant=variant.number, text=piece, tokens=variant.tokens))

    def _fail_if_asked(self, step: int) -> None:
        if step != self._out_of_memory_after or self._failures_left == 0:
            return
        if self._failures_left is not None:
            self._failures_left -= 1
        raise OutOfMemory("There is no memory left for this run (asked for by out_of_memory_after).")


class Variant:
    """One text on its way: `pieces` are settled from the start, `advance` hands them out."""

    def __init__(self, number: int, request: GenerationRequest, *, never_ends: bool) -> None:
        self.number = number
        self.tokens = 0
        self.finish_reason: FinishReason | None = None
        sampled = [request.seed, number] if request.decoding.strategy == "sample" else []
        messages = [asdict(message) for message in request.messages]
        self._key = json.dumps([messages, sampled], ensure_ascii=False).encode()
        self._chinese = re.search(r"[\u4e00-\u9fff]", request.messages[-1].content) is not None
        length = request.decoding.max_tokens if never_ends else 20 + self._draw("length") % 40
        pieces = [self._token(place, length) for place in range(length)]
        self._pieces = before_stop(pieces, request.decoding.stop)[: request.decoding.max_tokens]
        self._last: FinishReason = "stop" if len(self._pieces) < request.decoding.max_tokens else "length"

    @property
    def text(self) -> str:
        """Return what was handed out."""
        return "".join(self._pieces[: self.tokens])

    def advance(self, halt: FinishReason | None) -> str:
        """Hand out one more piece, or end."""
        if halt is not None or self.tokens == len(self._pieces):
            self.finish_reason = halt or self._last
            return ""
        self.tokens += 1
        return self._pieces[self.tokens - 1]

    def result(self, prompt_tokens: int) -> Result:
        """Return the finished variant."""
        return Result(
            variant=self.number,
            text=self.text,
            finish_reason=self.finish_reason or self._last,
            prompt_tokens=prompt_tokens,
            completion_tokens=self.tokens,
            mean_logprob=-0.5 - self._draw("logprob") % 100 / 100 if self.tokens else 0.0,
        )

    def _token(self, place: int, length: int) -> str:
        words = CHINESE if self._chinese else ENGLISH
        word = words[self._draw(str(place)) % len(words)]
        first = place % WORDS_IN_SENTENCE == 0
        last = place % WORDS_IN_SENTENCE == WORDS_IN_SENTENCE - 1 or place == length - 1
        if self._chinese:
            return word + ("。" if last else "")
        return (" " if place else "") + (word.capitalize() if first else word) + ("." if last else "")

    def _draw(self, purpose: str) -> int:
        return int.from_bytes(hashlib.sha256(self._key + purpose.encode()).digest()[:8])


def before_stop(pieces: list[str], stops: tuple[str, ...]) -> list[str]:
    """Return the pieces up to the first of the stop strings, the last one cut."""
    text = "".join(pieces)
    end = min([text.find(stop) for stop in stops if stop in text], default=len(text))
    kept: list[str] = []
    for piece in pieces:
        if end > 0:
            kept.append(piece[:end])
        end -= len(piece)
    return kept


def count_tokens(request: GenerationRequest) -> int:
    """Return the number of words and Chinese characters in the messages."""
    return sum(len(re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", message.content)) for message in request.messages)
