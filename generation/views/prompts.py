"""Prompts to read: what a brief is made from."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aigc_portal.accounts.access import get_visible, signed_in
from aigc_portal.accounts.models import Role
from generation.models import Prompt


@require_GET
def prompts(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    found = Prompt.objects.visible_to(user).with_latest_version().select_related("team")
    context = {
        "prompts": found,
        "writes": bool(user.teams_as(Role.MARKETER)),
        "several_teams": len(user.roles_by_team) > 1,
    }
    return render(request, "generation/prompts.html", context)


@require_GET
def prompt(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest version, or the one that `?version=` numbers."""
    user = signed_in(request)
    prompt = get_visible(Prompt.objects.select_related("team"), user, pk)
    versions = list(prompt.versions.select_related("created_by").order_by("-number"))
    asked = request.GET.get("version")
    shown = next((version for version in versions if asked in (None, str(version.number))), None)
    if shown is None:
        raise Http404
    context = {
        "prompt": prompt,
        "versions": versions,
        "version": shown,
        "is_newest": shown == versions[0],
        "may_write": user.has_role(prompt.team_id, Role.MARKETER),
    }
    return render(request, "generation/prompt.html", context)
