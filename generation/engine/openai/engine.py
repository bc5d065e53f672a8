"""The engine that asks a model server: vLLM, SGLang, llama.cpp or any other of the OpenAI protocol."""

from generation.engine.errors import UnsupportedDecoding
from generation.engine.openai.completion import Completion
from generation.engine.openai.link import Link
from generation.engine.openai.load import Load
from generation.engine.openai.loop_thread import LoopThread
from generation.engine.openai.models import ask_card, describe
from generation.engine.openai.protocol import body_for
from generation.engine.openai.streams import Streams
from generation.engine.openai.text import RemoteText
from generation.engine.types import Cancelled, Counters, EngineInfo, FinishReason, GenerationRequest, OnDelta, Result
from generation.engine.watch import Watch


class OpenAIEngine:
    """One model of one server; each variant is a streamed completion, at most `concurrency` of them at once.

    The server must offer `GET /v1/models` and `POST /v1/chat/completions` with `stream`, `seed` and `max_tokens`. Where
    it does not tell `usage` and `logprobs`, tokens are counted as they come, a text's mean log-probability is 0.0, and
    so are its prompt tokens; the usage comes last, so a text that ended before its time has no prompt tokens either.
    `context_length` counts where the server names none.

    Raises ModelUnavailable, ModelUnknown or RemoteUnavailable where the server does not serve the model now.
    """

    info: EngineInfo

    def __init__(
        self,
        *,
        model: str,
        url: str,
        api_key: str = "",
        timeout_seconds: float = 60.0,
        retries: int = 4,
        backoff_seconds: float = 0.5,
        concurrency: int = 16,
        context_length: int = 4096,
    ) -> None:
        self._link = Link(
            url=url,
            api_key=api_key,
            timeout_seconds=timeout_seconds,
            retries=retries,
            backoff_seconds=backoff_seconds,
            concurrency=concurrency,
        )
        self._load = Load(concurrency)
        self._thread = LoopThread("openai-engine")
        try:
            card = self._thread.call(ask_card(self._link, model))
            self.info = describe(self._link, model, card, context_length=context_length)
        except BaseException:
            self._thread.close()
            raise

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        """See types.Engine."""
        watch = Watch(request, cancelled)
        if request.decoding.strategy == "beam":
            raise UnsupportedDecoding("A model server offers no beam search; choose sample or greedy.")
        texts = [RemoteText(number, request.decoding, on_delta) for number in range(request.variants)]
        bodies = [body_for(request, variant=number, model=self.info.model) for number in range(request.variants)]
        works = [Completion(self._link, body).stream for body in bodies]
        with self._load.of(texts):
            with Streams(self._thread, works) as streams:
                halt = follow(streams, texts, watch)
            for text in texts:
                if halt is not None and not text.ended:
                    text.end(halt)
        return [text.result() for text in texts]

    def counters(self) -> Counters:
        """See types.Engine; the server's steps are not known."""
        return self._load.counters()

    def close(self) -> None:
        """Break off every text; the runs in progress raise ModelUnavailable."""
        self._thread.close()


def follow(streams: Streams, texts: list[RemoteText], watch: Watch) -> FinishReason | None:
    """Hand out what comes until every text has ended. Returns why the others must end now, or None."""
    while not all(text.ended for text in texts):
        if (halt := watch.reason()) is not None:
            return halt
        if (arrival := streams.next()) is None:
            continue
        number, progress = arrival
        text = texts[number]
        if text.ended:
            continue
        if isinstance(progress, BaseException):
            raise progress
        if text.take(progress):
            streams.close(number)
    return None
