"""How a claimed run ends, or is queued again: each in one transaction with its events and what it costs."""

from __future__ import annotations

import math
from typing import Any

from django.db import transaction

from aigc_portal.audit.events import record
from aigc_portal.jobs.leases import Lease, give_back
from generation.engine.errors import IMPOSSIBLE, InvalidLogits
from generation.engine.types import Engine, Result
from generation.fair_order import settle
from generation.models import Draft, GenerationRun, ModelVersion
from generation.models.drafts import sha256_of
from generation.postprocess.clean import clean
from generation.run_stream import publish_end


def fault_in(results: list[Result]) -> tuple[str, str] | None:
    """Code and sentence where what came is not worth a draft."""
    if not all(math.isfinite(result.mean_logprob) for result in results):
        return InvalidLogits.code, IMPOSSIBLE
    if all(result.finish_reason == "deadline" and not result.completion_tokens for result in results):
        return "deadline", "The time limit passed before the first token."
    return None


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
        settle(run, (run.prompt_tokens or 0) + (run.completion_tokens or 0))
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


def fail(run: GenerationRun, lease: Lease, code: str, sentence: str, *, written: int) -> None:
    with transaction.atomic():
        lease.finish(run.Status.FAILED, error_code=code, error=sentence, completion_tokens=written, data={"code": code})
        settle(run, written)
        transaction.on_commit(lambda: publish_end(run.pk, run.Status.FAILED))


def queue_again(run: GenerationRun, lease: Lease) -> None:
    """For no fault of the run; the first claim's charge is taken back, as the next one is charged again."""
    with transaction.atomic():
        give_back(lease)
        if run.attempt == 0:
            settle(run, 0)


def settle_closed(run: GenerationRun, lease: Lease, written: int) -> None:
    """Settle a run that somebody closed while this worker held it, such as a cancelled one.

    A row with another token, or none, was taken over or queued again: its next worker settles it.
    """
    run.refresh_from_db()
    if not run.is_open and run.lease_token == lease.token:
        settle(run, written)
