"""Writing a brief: choose a prompt, fill in its variables, come back and change them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aigc_portal.accounts.access import get_visible, require_any_role, require_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.problems import Refused
from generation.actions.briefs import create_brief, edit_brief
from generation.actions.runs import request_run
from generation.brief_values import labelled_values
from generation.forms import BriefForm, UsualForm
from generation.known_models import known_models, model_for
from generation.models import Brief, Prompt, PromptVersion
from generation.views.asking import ask


@require_GET
def choose_prompt(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    teams = require_any_role(user, Role.MARKETER)
    prompts = Prompt.objects.visible_to(user).filter(team__in=teams).with_latest_version().select_related("team")
    models = known_models()
    choices = [
        {
            "prompt": prompt,
            "version": prompt.latest[0],  # type: ignore[attr-defined]
            "unwritten": not model_for(prompt.language, models).writes(prompt.language),
        }
        for prompt in prompts
        if prompt.latest  # type: ignore[attr-defined]
    ]
    context = {"choices": choices, "model": models[0], "several_teams": len(teams) > 1}
    return render(request, "generation/choose_prompt.html", context)


@require_http_methods(["GET", "POST"])
def new_brief(request: HttpRequest, version_pk: int) -> HttpResponse:
    user = signed_in(request)
    usable = PromptVersion.objects.filter(prompt__in=Prompt.objects.visible_to(user)).select_related("prompt__team")
    version = get_object_or_404(usable, pk=version_pk)
    require_role(user, version.prompt.team_id, Role.MARKETER)
    data = request.POST if request.method == "POST" else None
    wants_drafts = request.POST.get("then") == "generate"
    form, generate = BriefForm(version, data), UsualForm(version, data if wants_drafts else None)
    # Both are asked, so that every error shows at once.
    if data is not None and all([form.is_valid(), not wants_drafts or generate.is_valid()]):
        brief = create_brief(
            actor=user,
            prompt_version=version,
            title=form.cleaned_data["title"],
            values=form.values,
            training_consent=form.cleaned_data["training_consent"],
        )
        if wants_drafts:
            start(request, user, brief, generate)
        else:
            messages.success(request, _("The brief is saved. Generate drafts whenever you like."))
        return redirect(brief)
    context = {"version": version, "prompt": version.prompt, "form": form, "generate": generate}
    return render(request, "generation/new_brief.html", context, status=422 if data is not None else 200)


def start(request: HttpRequest, user: User, brief: Brief, form: UsualForm) -> None:
    """Ask for drafts of the new brief. It is saved in any case; its page says what stands in the way."""
    run = ask(form, lambda: request_run(actor=user, brief=brief, **form.wanted))
    if run is not None:
        return
    if form.refusal and form.refusal.code == "language_not_supported":
        messages.info(request, _("The brief is saved. Nothing was generated yet; please read the note first."))
    else:
        sentence = _("The brief is saved. Nothing was generated yet: %(reason)s")
        messages.warning(request, sentence % {"reason": " ".join(map(str, form.non_field_errors()))})


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    brief = get_visible(Brief.objects.select_related("prompt_version__prompt", "team"), user, pk)
    require_role(user, brief.team_id, Role.MARKETER)
    if request.method == "GET":
        return edit_page(request, brief, BriefForm.of(brief), 200)
    form = BriefForm.of(brief, request.POST)
    if not form.is_valid():
        return edit_page(request, brief, form, 422)
    try:
        edit_brief(
            actor=user,
            brief=brief,
            revision=revision_in(request),
            title=form.cleaned_data["title"],
            values=form.values,
            training_consent=form.cleaned_data["training_consent"],
        )
    except Refused as refusal:
        if refusal.code != "stale_edit":
            raise
        brief.refresh_from_db()
        return edit_page(request, brief, form, 409)
    messages.success(request, _("The brief is saved. Drafts that were made before stay as they are."))
    return redirect(brief)


def edit_page(request: HttpRequest, brief: Brief, form: BriefForm, status: int) -> HttpResponse:
    context = {
        "brief": brief,
        "form": form,
        "prompt": brief.prompt_version.prompt,
        # After a conflict the next save is meant to replace what the page shows beside the form.
        "revision": brief.revision if status != 422 else revision_in(request),
        "conflict": status == 409,
        "saved": saved_beside(form, brief) if status == 409 else [],
    }
    return render(request, "generation/edit_brief.html", context, status=status)


def saved_beside(form: BriefForm, brief: Brief) -> list[tuple[str, str, bool]]:
    """(label, saved value, whether the person typed something else) for every variable."""
    typed = list(form.values.values())
    return [(label, value, value != mine) for (label, value), mine in zip(labelled_values(brief), typed, strict=True)]


def revision_in(request: HttpRequest) -> int:
    """The revision that the form was opened with; 0, which never matches, where it is missing."""
    given = request.POST.get("revision", "")
    return int(given) if given.isdigit() and len(given) < 10 else 0
