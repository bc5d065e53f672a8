"""A claimed run from prompt to drafts. Whatever dies on the way costs seconds: another attempt starts from the row."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import transaction

from aigc_portal.audit.events import record
from aigc_portal.audit.transitions import StaleState
from aigc_portal.jobs.leases import Lease, give_back, held
from generation.engine.errors import EngineError
from generation.engine.types import Decoding, Delta, Engine, GenerationRequest, Message, Result
from generation.fair_order import settle
from generation.models import Draft, GenerationRun, ModelVersion
from generation.models.drafts import sha256_of
from generation.postprocess.clean import clean
from generation.run_stream import RunWriter, publish_end

logger = logging.getLogger(__name__)

DEADLINE_SECONDS = 600.0


def never() -> bool:
    return False


def nothing() -> None:
    return None


class LiveText:
    """What the engine writes of a run, handed on to whoever watches; `started` is called with the first piece."""

    def __init__(self, run: GenerationRun, started: Callable[[], None]) -> None:
        self.writer = RunWriter(run.pk, run.attempt)
        self._started = started
        self._tokens: dict[int, int] = {}

    def write(self, delta: Delta) -> None:
        if not self._tokens:
            self._started()
        self._tokens[delta.variant] = delta.tokens
        self.writer.write(delta.variant, delta.text, delta.tokens)

    @property
    def tokens(self) -> int:
        """How many were written, all variants together."""
        return sum(self._tokens.values())


def execute(
    run: GenerationRun, engine: Engine, *, draining: Callable[[], bool] = never, started: Callable[[], None] = nothing
) -> None:
    """Write the drafts of a claimed run and close it; return quietly where it was cancelled or taken over meanwhile.

    `started` is called when the engine is at work on it; no query is made before the text is there. Once `draining` is
    true the run stops at its next token and is queued again for another worker.
    """
    token, text = run.lease_token, LiveText(run, started)
    try:
        with held(run) as lease:
            generate(run, engine, text, lease, draining)
    except StaleState:
        logger.info("run %s was cancelled or taken over; this worker's drafts are discarded", run.pk)
    finally:
        text.writer.close()
        run.refresh_from_db()
        settle(run, token=token, written=text.tokens)


def generate(run: GenerationRun, engine: Engine, text: LiveText, lease: Lease, draining: Callable[[], bool]) -> None:
    begun = time.monotonic()
    try:
        results = engine.generate(
            request_of(run), on_delta=text.write, cancelled=lambda: lease.lost.is_set() or draining()
        )
    except EngineError as error:
        fail(run, lease, error.code, str(error))
        return
    except Exception:
        logger.exception("run %s failed", run.pk)
        fail(
            run, lease, "internal_error", "The engine failed in a way that nobody foresaw; the worker's log says more."
        )
        return
    if any(result.finish_reason == "cancelled" for result in results):
        give_back(lease)
        return
    text.writer.flush()
    succeed(run, lease, engine, results, time.monotonic() - begun)


def request_of(run: GenerationRun) -> GenerationRequest:
    """The engine's request of a run's row. Raises RequestError for settings that no engine can follow."""
    decoding = {**run.decoding, "stop": tuple(run.decoding.get("stop", ()))}
    return GenerationRequest(
        request_id=str(run.pk),
        messages=tuple(Message(**message) for message in run.messages),
        decoding=Decoding(**decoding),
        seed=run.seed,
        variants=run.variants,
        deadline_seconds=DEADLINE_SECONDS,
    )


def succeed(run: GenerationRun, lease: Lease, engine: Engine, results: list[Result], seconds: float) -> None:
    """Drafts, their events and the end of the job in one transaction, fenced by the lease."""
    with transaction.atomic():
        lease.finish(
            run.Status.SUCCEEDED,
            model=ModelVersion.objects.filter(digest=engine.info.digest).first(),
            versions={**engine.info.versions, "device": engine.info.device, "dtype": engine.info.dtype},
            prompt_tokens=results[0].prompt_tokens,
            completion_tokens=sum(result.completion_tokens for result in results),
            seconds=round(seconds, 3),
            data={"model": engine.info.model, "tokens": sum(result.completion_tokens for result in results)},
        )
        for result in results:
            draft = Draft.objects.create(**fields_of(run, result))
            record("draft.generated", draft, actor=None, after={"sha256": draft.sha256}, run=run.pk)
        transaction.on_commit(lambda: publish_end(run.pk, run.Status.SUCCEEDED))


def fields_of(run: GenerationRun, result: Result) -> dict[str, Any]:
    raw = result.text.replace("\x00", "")
    text, _findings = clean(raw)
    return {
        "team_id": run.team_id,
        "brief_id": run.brief_id,
        "run": run,
        "variant": result.variant,
        "origin": Draft.Origin.MODEL,
        "author_id": run.requested_by_id,
        "text": text,
        "raw_text": raw,
        "sha256": sha256_of(text),
        "language": run.brief.language,
        "finish_reason": result.finish_reason,
        "token_count": result.completion_tokens,
        "mean_logprob": result.mean_logprob,
    }


def fail(run: GenerationRun, lease: Lease, code: str, sentence: str) -> None:
    with transaction.atomic():
        lease.finish(run.Status.FAILED, error_code=code, error=sentence, data={"code": code})
        transaction.on_commit(lambda: publish_end(run.pk, run.Status.FAILED))
