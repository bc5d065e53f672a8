"""What an admin does about the tokens of a team."""

from __future__ import annotations

from django.db import transaction

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, Team, User
from aigc_portal.audit.events import record
from generation.models import TeamLimit

MOST_OUTSTANDING = 2_000_000_000
MOST_DAILY = 1_000_000_000_000


@transaction.atomic
def set_team_limit(*, actor: User, team: Team, outstanding_tokens: int, daily_tokens: int) -> TeamLimit:
    """The team's limits from now on; 0 stops it. Runs that are queued already stay queued. No change, no event."""
    require_role(actor, team.pk, Role.ADMIN)
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    limit = TeamLimit.objects.filter(team=team).first() or TeamLimit(team=team)
    wanted = {"outstanding_tokens": outstanding_tokens, "daily_tokens": daily_tokens}
    before = {name: getattr(limit, name) for name in wanted}
    changed = [name for name in wanted if wanted[name] != before[name]]
    if changed:
        limit, _created = TeamLimit.objects.update_or_create(team=team, defaults=wanted)
        record(
            "limit.changed",
            team,
            actor=actor,
            team_id=team.pk,
            before={name: before[name] for name in changed},
            after={name: wanted[name] for name in changed},
        )
    return limit
