"""A claimed run from prompt to drafts. Whatever dies on the way costs seconds: another attempt starts from the row."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import DataError, IntegrityError
from django.utils import timezone

from aigc_portal.audit.transitions import StaleState
from aigc_portal.jobs.leases import Lease, held
from generation.engine.errors import EngineError, ModelUnavailable, RemoteUnavailable
from generation.engine.types import Decoding, Delta, Engine, GenerationRequest, Message
from generation.models import GenerationRun
from generation.run_endings import fail, fault_in, queue_again, settle_closed, succeed
from generation.run_stream import RunWriter

logger = logging.getLogger(__name__)

DEADLINE_SECONDS = 600.0
LONGEST_WAIT = timedelta(hours=1)  # for a model that cannot be reached, from the moment the run was queued
UNFORESEEN = "The engine failed in a way that nobody foresaw; the worker's log says more."
NOT_STORED = "The model's answer cannot be stored; the worker's log says more."


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
    run: GenerationRun,
    engine: Engine,
    *,
    draining: Callable[[], bool] = never,
    started: Callable[[], None] = nothing,
    out_of_reach: Callable[[], None] = nothing,
) -> None:
    """Write the drafts of a claimed run and close it; return quietly where it was cancelled or taken over meanwhile.

    `started` is called when the engine is at work on it; no query is made before the text is there. Once `draining` is
    true the run stops at its next token and is queued again for another worker. `out_of_reach` is called when the
    engine cannot reach its model, before the run is queued again.
    """
    text = LiveText(run, started)
    try:
        with held(run) as lease:
            try:
                generate(run, engine, text, lease, draining, out_of_reach)
            except StaleState:
                logger.info("run %s was cancelled or taken over; this worker's drafts are discarded", run.pk)
                settle_closed(run, lease, text.tokens)
    finally:
        text.writer.close()


def generate(
    run: GenerationRun,
    engine: Engine,
    text: LiveText,
    lease: Lease,
    draining: Callable[[], bool],
    out_of_reach: Callable[[], None],
) -> None:
    begun = time.monotonic()
    try:
        results = engine.generate(
            request_of(run), on_delta=text.write, cancelled=lambda: lease.lost.is_set() or draining()
        )
    except (RemoteUnavailable, ModelUnavailable) as error:
        out_of_reach()
        if timezone.now() - run.queued_at < LONGEST_WAIT:
            queue_again(run, lease)
        else:
            fail(run, lease, error.code, str(error), written=text.tokens)
        return
    except EngineError as error:
        fail(run, lease, error.code, str(error), written=text.tokens)
        return
    except Exception:
        logger.exception("run %s failed", run.pk)
        fail(run, lease, "internal_error", UNFORESEEN, written=text.tokens)
        return
    if any(result.finish_reason == "cancelled" for result in results):
        queue_again(run, lease)
        return
    if (fault := fault_in(results)) is not None:
        fail(run, lease, *fault, written=text.tokens)
        return
    text.writer.flush()
    try:
        succeed(run, lease, engine, results, time.monotonic() - begun)
    except (DataError, IntegrityError):
        logger.exception("the drafts of run %s cannot be stored", run.pk)
        run.status = run.Status.RUNNING  # as it is in the database, where nothing has changed
        fail(run, lease, "internal_error", NOT_STORED, written=text.tokens)


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
