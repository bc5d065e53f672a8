"""One brief with the drafts of all its runs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.newest_first import page_of
from aigc_portal.problems import Refused
from generation.actions.runs import request_run
from generation.brief_states import with_state
from generation.brief_values import labelled_values
from generation.default_model import default_model
from generation.draft_cards import panels_of
from generation.forms import GenerateForm
from generation.models import Brief

RUNS_A_PAGE = 10


@require_GET
def brief(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    return brief_page(request, user, visible_brief(user, pk), GenerateForm())


@require_POST
def generate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for drafts. Where the model does not write the language, the page comes back with the question."""
    user = signed_in(request)
    brief = visible_brief(user, pk)
    require_role(user, brief.team_id, Role.MARKETER)
    form = GenerateForm(request.POST)
    if form.is_valid():
        try:
            run = request_run(
                actor=user,
                brief=brief,
                variants=form.cleaned_data["variants"],
                accept_language=form.cleaned_data["accept_language"],
            )
        except Refused as refusal:
            form.add_error(None, refusal.detail)
        else:
            return redirect(f"{brief.get_absolute_url()}#run-{run.pk}")
    return brief_page(request, user, brief, form, status=422)


def visible_brief(user: User, pk: int) -> Brief:
    return get_visible(with_state(Brief.objects.newest_first()), user, pk)


def brief_page(request: HttpRequest, user: User, brief: Brief, form: GenerateForm, status: int = 200) -> HttpResponse:
    may_write = user.has_role(brief.team_id, Role.MARKETER)
    page = page_of(brief.runs.select_related("model", "requested_by"), request.GET, RUNS_A_PAGE)
    model = default_model()
    context: dict[str, Any] = {
        "brief": brief,
        "values": labelled_values(brief),
        "may_write": may_write,
        "panels": panels_of(page.rows, may_write=may_write),
        "page": page,
        "form": form,
        "model": model,
        "unwritten": not model.writes(brief.language),
    }
    return render(request, "generation/brief.html", context, status=status)
