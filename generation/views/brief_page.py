"""One brief with the drafts of all its runs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.newest_first import page_of
from generation.actions.runs import request_run
from generation.brief_states import with_state
from generation.brief_values import labelled_values
from generation.draft_cards import panels_of
from generation.forms import GenerateForm
from generation.models import Brief
from generation.views.asking import ask, refused

RUNS_A_PAGE = 10


@require_GET
def brief(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    brief = visible_brief(user, pk)
    last = brief.runs.filter(requested_by=user).order_by("-pk").first()
    return brief_page(request, user, brief, GenerateForm(brief.prompt_version, last=last))


@require_http_methods(["GET", "POST"])
def generate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for drafts. Where the model does not write the language, the page comes back with the question.

    GET leads to the brief: a refused form leaves its address in the browser.
    """
    user = signed_in(request)
    brief = visible_brief(user, pk)
    if request.method == "GET":
        return redirect(brief)
    require_role(user, brief.team_id, Role.MARKETER)
    form = GenerateForm(brief.prompt_version, request.POST)
    run = ask(form, lambda: request_run(actor=user, brief=brief, **form.wanted))
    if run is None:
        return refused(form, brief_page(request, user, brief, form))
    return redirect(f"{brief.get_absolute_url()}#run-{run.pk}")


def visible_brief(user: User, pk: int) -> Brief:
    return get_visible(with_state(Brief.objects.newest_first()), user, pk)


def brief_page(request: HttpRequest, user: User, brief: Brief, form: GenerateForm) -> HttpResponse:
    may_write = user.has_role(brief.team_id, Role.MARKETER)
    page = page_of(brief.runs.select_related("model", "requested_by"), request.GET, RUNS_A_PAGE)
    context: dict[str, Any] = {
        "brief": brief,
        "values": labelled_values(brief),
        "may_write": may_write,
        "panels": panels_of(page.rows, may_write=may_write),
        "page": page,
        "can_compare": len(page.rows) > 1 or page.newer_url or page.older_url,
        "form": form,
    }
    return render(request, "generation/brief.html", context)
