"""Writing prompts."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from aigc_portal.accounts.models import Team, User
from aigc_portal.audit.events import record
from generation.models import Prompt, PromptVersion
from generation.seeds.prompts import PROMPTS


@transaction.atomic
def create_prompt(
    *,
    actor: User | None,
    team: Team,
    name: str,
    description: str,
    channel: str,
    language: str,
    system: str,
    template: str,
    variables: list[dict[str, Any]],
    decoding: dict[str, Any],
) -> PromptVersion:
    """A prompt and its first version. `actor` is None where the portal itself sets a team up."""
    prompt = Prompt.objects.create(team=team, name=name, description=description, channel=channel, language=language)
    version = PromptVersion.objects.create(
        prompt=prompt,
        number=1,
        system=system,
        template=template,
        variables=variables,
        decoding=decoding,
        created_by=actor,
    )
    record("prompt.created", prompt, actor=actor, after={"version": 1, "name": name})
    return version


def seed_prompts(*, actor: User | None, team: Team) -> None:
    """The prompts that every new team starts with."""
    for seed in PROMPTS:
        create_prompt(actor=actor, team=team, **seed)
