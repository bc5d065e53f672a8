"""Asking a model to write a draft again, with what the reviewer said."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Role
from generation.actions.runs import request_run
from generation.draft_cards import DraftCard, with_reviews
from generation.forms import RewriteForm
from generation.models import Draft
from generation.reviewers_feedback import feedback_on
from generation.views.asking import ask, refused

DRAFTS = with_reviews(Draft.objects.select_related("brief__prompt_version__prompt"))


@require_http_methods(["GET", "POST"])
def rewrite(request: HttpRequest, pk: int) -> HttpResponse:
    """The form comes filled in with the newest decision on the draft."""
    user = signed_in(request)
    draft = get_visible(DRAFTS, user, pk)
    require_role(user, draft.team_id, Role.MARKETER)
    card = DraftCard(draft, draft.variant or 0, may_write=True)
    brief = draft.brief
    data = request.POST if request.method == "POST" else None
    form = RewriteForm(brief.prompt_version, data, initial={"feedback": feedback_on(card)})
    run = ask(form, lambda: request_run(actor=user, brief=brief, revises=draft, **form.wanted))
    if run is not None:
        return redirect(f"{brief.get_absolute_url()}#run-{run.pk}")
    page = render(request, "generation/rewrite.html", {"draft": draft, "card": card, "brief": brief, "form": form})
    return refused(form, page) if form.is_bound else page
