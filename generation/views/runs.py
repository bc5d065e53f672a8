"""One run: its page with everything needed to make the same drafts again, its panel, cancel and repeat."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Role
from generation.actions.runs import cancel_run, repeat_run
from generation.brief_states import with_state
from generation.compared_runs import comparison_address
from generation.draft_cards import panels_of
from generation.life import draft_label, life_of_run
from generation.models import Brief, GenerationRun
from generation.repetition import repetition_of

RUNS = GenerationRun.objects.select_related(
    "brief__prompt_version__prompt", "model", "requested_by", "team", "repeats__model", "revises__author"
)


@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    run = get_visible(RUNS, user, pk)
    may_write = user.has_role(run.team_id, Role.MARKETER)
    context: dict[str, Any] = {
        "run": run,
        "brief": run.brief,
        "panel": panels_of([run], may_write=may_write)[0],
        "life": life_of_run(run),
        "repetition": repetition_of(run),
        "repeated_by": run.repeated_by.order_by("pk"),
        "comparison_url": comparison_address(run.repeats, run) if run.repeats else "",
        "revised_label": draft_label(run.revises) if run.revises else "",
        "may_write": may_write,
    }
    return render(request, "generation/run.html", context)


@require_GET
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The run with its drafts as a part of a page: asked for when the stream ends, and while there is none.

    The run's own page tells more than this of a run that has ended, and is told to load anew.
    """
    user = signed_in(request)
    run = get_visible(RUNS, user, pk)
    page = request.headers.get("HX-Current-URL", "").partition("#")[0]
    if not run.is_open and page.endswith(run.get_absolute_url()):
        return HttpResponse(headers={"HX-Refresh": "true"})
    panel = panels_of([run], may_write=user.has_role(run.team_id, Role.MARKETER))[0]
    context = {"panel": panel, "brief": with_state(Brief.objects.newest_first()).get(pk=run.brief_id), "is_part": True}
    return render(request, "generation/_run.html", context)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    run = get_visible(RUNS, user, pk)
    require_role(user, run.team_id, Role.MARKETER)
    cancel_run(actor=user, run=run)
    return redirect(f"{run.brief.get_absolute_url()}#run-{pk}")


@require_POST
def repeat(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    run = get_visible(RUNS, user, pk)
    require_role(user, run.team_id, Role.MARKETER)
    again = repeat_run(actor=user, run=run)
    return redirect(again)
