"""Two runs of a brief side by side, and asking two models for them."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aigc_portal.accounts.access import require_role, signed_in
from aigc_portal.accounts.models import Role, User
from generation.actions.comparisons import request_comparison
from generation.compared_runs import choices_of, compared, comparison_address
from generation.decoding_presets import preset_label
from generation.forms import ComparisonForm
from generation.known_models import name_of_model
from generation.models import Brief, GenerationRun
from generation.views.asking import ask, refused
from generation.views.brief_page import brief_page, visible_brief

LONGEST_QUERY = 100


@require_http_methods(["GET", "POST"])
def comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: the runs `?runs=A,B` of the brief, without a choice the newest two. POST: ask two models for new ones."""
    user = signed_in(request)
    brief = visible_brief(user, pk)
    return compare(request, user, brief) if request.method == "POST" else comparison_page(request, user, brief)


def compare(request: HttpRequest, user: User, brief: Brief) -> HttpResponse:
    require_role(user, brief.team_id, Role.MARKETER)
    form = ComparisonForm(brief.prompt_version, request.POST)
    runs = ask(form, lambda: request_comparison(actor=user, brief=brief, **form.wanted))
    if runs is None:
        return refused(form, brief_page(request, user, brief, form))
    return redirect(comparison_address(*runs))


def comparison_page(request: HttpRequest, user: User, brief: Brief) -> HttpResponse:
    choices = choices_of(brief)
    runs = chosen_runs(request, brief, choices)
    context: dict[str, Any] = {
        "brief": brief,
        "choices": [(run.pk, label_of(run)) for run in choices],
        "sides": [run.pk for run in [*runs, *choices][:2]],
        "comparison": compared(runs, may_write=user.has_role(brief.team_id, Role.MARKETER)),
    }
    part = "generation/_comparison.html" if request.headers.get("HX-Request") else "generation/comparison.html"
    return render(request, part, context)


def label_of(run: GenerationRun) -> str:
    """How a run is told from its siblings in a list."""
    parts = [_("Run %(number)s") % {"number": run.pk}, name_of_model(run), preset_label(run.preset, run.decoding)]
    return " · ".join(part for part in parts if part)


def chosen_runs(request: HttpRequest, brief: Brief, choices: list[GenerationRun]) -> list[GenerationRun]:
    """The runs that the query names, each once. Http404 for one that is not the brief's."""
    given = ",".join(request.GET.getlist("runs"))
    if not given:
        return choices[:2][::-1]
    names = given[:LONGEST_QUERY].split(",")
    if not all(name.isascii() and name.isdigit() and len(name) < 19 for name in names):
        raise Http404
    wanted = list(dict.fromkeys(map(int, names)))
    found = brief.runs.select_related("model", "requested_by", "brief").in_bulk(wanted)
    if len(found) != len(wanted):
        raise Http404
    return [found[pk] for pk in wanted]
