"""Asking two models for drafts of one brief."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.problems import Refused
from generation.actions.runs import request_run
from generation.known_models import known_model
from generation.models import Brief, GenerationRun


@transaction.atomic
def request_comparison(
    *,
    actor: User,
    brief: Brief,
    model_names: tuple[str, str],
    variants: int,
    preset: str = "",
    decoding: Mapping[str, Any] | None = None,
    seed: int | None = None,
    accept_language: bool = False,
) -> tuple[GenerationRun, GenerationRun]:
    """Queue one run for each model, with the same messages and seed: both, or none. Raises what request_run does."""
    require_role(actor, brief.team_id, Role.MARKETER)
    first, second = (known_model(name).name for name in model_names)
    if first == second:
        raise Refused("same_model_twice", _("Choose two different models to compare."), 400)
    seed = secrets.randbits(31) if seed is None else seed

    def ask(name: str) -> GenerationRun:
        return request_run(
            actor=actor,
            brief=brief,
            variants=variants,
            model_name=name,
            preset=preset,
            decoding=decoding,
            seed=seed,
            accept_language=accept_language,
        )

    return ask(first), ask(second)
