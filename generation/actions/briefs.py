"""What a marketer does with a brief."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.events import record
from aigc_portal.problems import Refused
from generation.models import Brief, PromptVersion
from generation.prompting import clean_values


@transaction.atomic
def create_brief(
    *, actor: User, prompt_version: PromptVersion, title: str, values: dict[str, Any], training_consent: bool = True
) -> Brief:
    """Write a brief for the prompt's team, channel and language. Raises ValidationError for values that do not fit."""
    prompt = prompt_version.prompt
    require_role(actor, prompt.team_id, Role.MARKETER)
    brief = Brief.objects.create(
        team_id=prompt.team_id,
        title=title,
        prompt_version=prompt_version,
        channel=prompt.channel,
        language=prompt.language,
        values=clean_values(prompt_version.variables, values),
        training_consent=training_consent,
        author=actor,
    )
    record("brief.created", brief, actor=actor, after=shown(brief))
    return brief


@transaction.atomic
def edit_brief(
    *, actor: User, brief: Brief, revision: int, title: str, values: dict[str, Any], training_consent: bool
) -> Brief:
    """Change a brief that nobody changed since `revision`. Raises Refused("stale_edit") otherwise.

    Runs keep the messages that they were started with.
    """
    require_role(actor, brief.team_id, Role.MARKETER)
    before = shown(brief)
    changes = {
        "title": title,
        "values": clean_values(brief.prompt_version.variables, values),
        "training_consent": training_consent,
    }
    rows = Brief.objects.filter(pk=brief.pk, revision=revision)
    if not rows.update(**changes, revision=revision + 1, updated_at=Now()):
        raise Refused("stale_edit", _("Somebody else changed this brief meanwhile. Your text is kept below."))
    brief.refresh_from_db()
    after = shown(brief)
    changed = [name for name in after if after[name] != before[name]]
    record(
        "brief.edited",
        brief,
        actor=actor,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        revision=brief.revision,
    )
    return brief


def shown(brief: Brief) -> dict[str, Any]:
    return {"title": brief.title, "values": brief.values, "training_consent": brief.training_consent}
