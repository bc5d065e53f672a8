"""Settings belong to a team: which one, who reads them, who changes them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from aigc_portal.accounts.access import require_any_role, require_role, signed_in
from aigc_portal.accounts.models import Role, Team, User
from review.actions.policies import MANAGERS

READERS = (*MANAGERS, Role.AUDITOR)


@require_GET
def settings(request: HttpRequest) -> HttpResponse:
    """To the policy of the reader's first team by name."""
    teams = require_any_role(signed_in(request), *READERS)
    team = Team.objects.filter(pk__in=teams).order_by("name")[0]
    return redirect("review:settings-policy", team.pk)


def settings_team(user: User, pk: int) -> Team:
    """The team whose settings the user may read; Http404 outside it, PermissionDenied without the role."""
    team = get_object_or_404(Team, pk=pk, pk__in=user.roles_by_team)
    require_role(user, team.pk, *READERS)
    return team


def settings_context(user: User, team: Team, section: str) -> dict[str, Any]:
    """What every page of the settings shows; `section` is policy, groups, reasons or gold."""
    others = Team.objects.filter(pk__in=user.teams_as(*READERS)).exclude(pk=team.pk).order_by("name")
    return {
        "team": team,
        "section": section,
        "other_teams": [(other, reverse(f"review:settings-{section}", args=[other.pk])) for other in others],
        "may_change": user.has_role(team.pk, *MANAGERS),
    }
