"""Acts of and upon a person outside any one team: the auditors of all the person's teams see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from aigc_portal.accounts.models import User
from aigc_portal.audit.events import record


def record_for_each_team(
    action: str,
    user: User,
    *,
    actor: User | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """One event in each of the person's teams, or one without a team."""
    with transaction.atomic():
        for team_id in user.roles_by_team or [None]:
            record(action, user, actor=actor, team_id=team_id, before=before, after=after)
