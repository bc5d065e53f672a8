"""Asking for drafts: start, repeat and cancel a run."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
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
from generation.decoding_presets import chosen_decoding
from generation.fair_order import enter_queue
from generation.known_models import KnownModel, known_model
from generation.models import Brief, Draft, GenerationRun
from generation.models.runs import MOST_VARIANTS
from generation.prompting import LONGEST_FEEDBACK, render_messages, rewrite_messages
from generation.run_stream import publish_end
from generation.token_budget import estimate_tokens
from generation.token_limits import check_limits


@transaction.atomic
def request_run(
    *,
    actor: User,
    brief: Brief,
    variants: int,
    model_name: str = "",
    preset: str = "",
    decoding: Mapping[str, Any] | None = None,
    seed: int | None = None,
    accept_language: bool = False,
    revises: Draft | None = None,
    feedback: str = "",
) -> GenerationRun:
    """Queue a run of the brief as it is now, or one that rewrites its draft `revises` by the feedback.

    `decoding` goes over the preset, and that over the prompt's own. Raises ValidationError for settings out of range,
    Refused for a model that is not served or (without `accept_language`) does not write the brief's language, and where
    the team's limits leave no room (429).
    """
    require_role(actor, brief.team_id, Role.MARKETER)
    if not 1 <= variants <= MOST_VARIANTS:
        raise Refused("variants_out_of_range", _("Ask for 1 to %(most)s variants.") % {"most": MOST_VARIANTS}, 400)
    model = known_model(model_name)
    if not accept_language and not model.writes(brief.language):
        detail = _("%(model)s does not write %(language)s. Choose another model, or generate anyway.")
        names = {"model": model.name, "language": brief.get_language_display()}
        raise Refused("language_not_supported", detail % names, 400)
    chosen = chosen_decoding(brief.prompt_version.decoding, preset, decoding or {}, variants)
    messages = _messages(brief, revises, feedback)
    _refuse_too_long(messages, chosen, model)
    run = GenerationRun(
        team_id=brief.team_id,
        brief=brief,
        model_name=model_name,
        preset=preset,
        messages=messages,
        decoding=chosen,
        seed=secrets.randbits(31) if seed is None else seed,
        variants=variants,
        revises=revises,
        model=model.version,
        requested_by=actor,
    )
    return _queue(actor, run)


@transaction.atomic
def repeat_run(*, actor: User, run: GenerationRun) -> GenerationRun:
    """Queue the messages, seed, settings and model of a closed run again."""
    require_role(actor, run.team_id, Role.MARKETER)
    if run.is_open:
        raise Refused("run_not_closed", _("This run is still under way. Wait for its end, or cancel it first."))
    again = GenerationRun(
        team_id=run.team_id,
        brief_id=run.brief_id,
        model_name=run.model_name,
        preset=run.preset,
        messages=run.messages,
        decoding=run.decoding,
        seed=run.seed,
        variants=run.variants,
        repeats=run,
        revises_id=run.revises_id,
        model=known_model(run.model_name).version,
        requested_by=actor,
    )
    return _queue(actor, again)


@transaction.atomic
def cancel_run(*, actor: User, run: GenerationRun) -> None:
    """Stop a queued or running run; its worker notices within a second. StaleState where it has ended already."""
    require_role(actor, run.team_id, Role.MARKETER)
    transition(run, run.Status.CANCELLED, actor=actor, finished_at=Now(), lease_until=None)
    transaction.on_commit(lambda: publish_end(run.pk, run.Status.CANCELLED))


def _messages(brief: Brief, revises: Draft | None, feedback: str) -> list[dict[str, str]]:
    version = brief.prompt_version
    messages = render_messages(version.system, version.template, brief.values)
    if revises is None:
        return messages
    feedback = feedback.replace("\r\n", "\n").replace("\x00", "").strip()
    if not feedback:
        raise Refused("feedback_required", _("Say what should change; the model reads it."), 400)
    if len(feedback) > LONGEST_FEEDBACK:
        detail = _("Feedback has at most %(limit)s characters.") % {"limit": LONGEST_FEEDBACK}
        raise Refused("feedback_too_long", detail, 400)
    if not revises.text.strip():
        raise Refused("empty_text", _("The draft is empty: there is nothing to rewrite. Generate anew instead."), 400)
    return messages + rewrite_messages(revises.text, feedback, revises.language)


def _refuse_too_long(messages: list[dict[str, str]], decoding: Mapping[str, Any], model: KnownModel) -> None:
    """By the estimate, and where the model's room is known: its worker counts the tokens and has the last word."""
    needed = estimate_tokens(messages, decoding, 1)
    if model.context_length is None or needed <= model.context_length:
        return
    detail = _(
        "The prompt and the text that you ask for need about %(needed)s tokens; %(model)s takes %(most)s in all. "
        "Shorten the brief, or ask for fewer tokens."
    )
    numbers = {"needed": needed, "model": model.name, "most": model.context_length}
    raise Refused("prompt_too_long", detail % numbers, 400, {"needed": needed, "context_length": model.context_length})


def _queue(actor: User, run: GenerationRun) -> GenerationRun:
    """Where every run comes in: within the team's limits, level with those who wait."""
    run.token_estimate = estimate_tokens(run.messages, run.decoding, run.variants)
    check_limits(run.team_id, run.token_estimate, run.queue)
    enter_queue(actor, run.queue)
    run.save(force_insert=True)
    record(
        "run.requested",
        run,
        actor=actor,
        after={"status": run.Status.QUEUED},
        brief=run.brief_id,
        variants=run.variants,
        seed=run.seed,
        **_where_set(run),
    )
    ring_after_commit(run)
    return run


def _where_set(run: GenerationRun) -> dict[str, Any]:
    said = {"model_name": run.model_name, "preset": run.preset, "repeats": run.repeats_id, "revises": run.revises_id}
    return {name: value for name, value in said.items() if value}
