"""A marketer's home: own briefs, or the team's, each with its state."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aigc_portal.accounts.access import signed_in
from aigc_portal.accounts.models import Role
from aigc_portal.newest_first import page_of
from generation.brief_states import BriefState, with_state
from generation.forms import BriefFilters
from generation.models import Brief


@require_GET
def briefs(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    writes = bool(user.teams_as(Role.MARKETER))
    whose = request.GET.get("whose") if request.GET.get("whose") in ("mine", "team") else "mine" if writes else "team"
    filters = BriefFilters(request.GET, user=user)
    found = with_state(Brief.objects.visible_to(user).newest_first())
    if whose == "mine":
        found = found.filter(author=user)
    page = page_of(filters.narrow(found), request.GET)
    context = {
        "page": page,
        "filters": filters,
        "whose": whose,
        "writes": writes,
        "labels": dict(BriefState.choices),
        "several_teams": len(user.roles_by_team) > 1,
    }
    return render(request, "generation/briefs.html", context)
