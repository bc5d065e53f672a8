"""Asking for drafts: start, cancel and retry a run."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.events import record
from aigc_portal.audit.transitions import transition
from aigc_portal.jobs.doorbell import ring_after_commit
from aigc_portal.problems import Refused
from generation.default_model import default_model
from generation.models import Brief, GenerationRun, ModelVersion
from generation.models.runs import MOST_VARIANTS
from generation.prompting import render_messages
from generation.run_stream import publish_end


@transaction.atomic
def request_run(
    *, actor: User, brief: Brief, variants: int, seed: int | None = None, accept_language: bool = False
) -> GenerationRun:
    """Queue a run of the brief as it is now.

    Raises Refused where the model does not write the brief's language and `accept_language` is not set.
    """
    require_role(actor, brief.team_id, Role.MARKETER)
    if not 1 <= variants <= MOST_VARIANTS:
        raise Refused("variants_out_of_range", _("Ask for 1 to %(most)s variants.") % {"most": MOST_VARIANTS}, 400)
    model = default_model()
    if not accept_language and not model.writes(brief.language):
        detail = _("%(model)s does not write %(language)s. Choose another model, or generate anyway.")
        names = {"model": model.name, "language": brief.get_language_display()}
        raise Refused("language_not_supported", detail % names, 400)
    version = brief.prompt_version
    return _queue(
        actor,
        GenerationRun(
            team_id=brief.team_id,
            brief=brief,
            messages=render_messages(version.system, version.template, brief.values),
            decoding=version.decoding,
            seed=secrets.randbits(31) if seed is None else seed,
            variants=variants,
            model=ModelVersion.objects.champion(),
            requested_by=actor,
        ),
    )


@transaction.atomic
def retry_run(*, actor: User, run: GenerationRun) -> GenerationRun:
    """Queue the same messages, seed and decoding again, after a run that failed or was cancelled."""
    require_role(actor, run.team_id, Role.MARKETER)
    if run.status not in (run.Status.FAILED, run.Status.CANCELLED):
        raise Refused("run_not_retryable", _("Only a failed or cancelled run can be started again."))
    again = GenerationRun(
        team_id=run.team_id,
        brief_id=run.brief_id,
        messages=run.messages,
        decoding=run.decoding,
        seed=run.seed,
        variants=run.variants,
        model=ModelVersion.objects.champion(),
        requested_by=actor,
    )
    return _queue(actor, again, retry_of=run.pk)


@transaction.atomic
def cancel_run(*, actor: User, run: GenerationRun) -> None:
    """Stop a queued or running run; its worker notices within a second. StaleState where it has ended already."""
    require_role(actor, run.team_id, Role.MARKETER)
    transition(run, run.Status.CANCELLED, actor=actor, finished_at=Now(), lease_until=None)
    transaction.on_commit(lambda: publish_end(run.pk, run.Status.CANCELLED))


def _queue(actor: User, run: GenerationRun, **data: Any) -> GenerationRun:
    run.save(force_insert=True)
    record(
        "run.requested",
        run,
        actor=actor,
        after={"status": run.Status.QUEUED},
        brief=run.brief_id,
        variants=run.variants,
        seed=run.seed,
        **data,
    )
    ring_after_commit(run)
    return run
