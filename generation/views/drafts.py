"""One draft, and writing a new one from it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Role
from aigc_portal.problems import Refused
from generation.actions.drafts import edit_draft
from generation.brief_values import labelled_values
from generation.draft_cards import DraftCard, with_reviews
from generation.forms import DraftForm
from generation.life import life_of_draft
from generation.models import Draft
from generation.text_diff import diff_pieces


@require_GET
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    draft = get_visible(with_reviews(Draft.objects.all()), user, pk)
    ancestors = ancestors_of(draft)
    origin = ancestors[0] if ancestors else draft
    card = DraftCard(draft, origin.variant or 0, user.has_role(draft.team_id, Role.MARKETER))
    parent = ancestors[-1] if ancestors else None
    context = {
        "draft": draft,
        "card": card,
        "brief": draft.brief,
        "run": origin.run,
        "parent": parent,
        "changes": diff_pieces(parent.text, draft.text, draft.language) if parent else None,
        "children": draft.children.select_related("author").order_by("pk"),
        "reviews": sorted(draft.reviews.all(), key=lambda review: -review.pk),
        "life": life_of_draft(card, ancestors),
    }
    return render(request, "generation/draft.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a child of the draft. Two tabs give two children; nobody's text is lost."""
    user = signed_in(request)
    draft = get_visible(with_reviews(Draft.objects.all()), user, pk)
    require_role(user, draft.team_id, Role.MARKETER)
    data = request.POST if request.method == "POST" else None
    form = DraftForm(data, language=draft.language, initial={"text": draft.text})
    if form.is_valid():
        try:
            child = edit_draft(actor=user, draft=draft, text=form.cleaned_data["text"])
        except Refused as refusal:
            form.add_error("text", refusal.detail)
        else:
            messages.success(request, _("Saved as a new draft. Submit it for review when it is ready."))
            return redirect(child)
    card = DraftCard(draft, draft.variant or 0, may_write=True)
    brief = draft.brief
    context = {
        "draft": draft,
        "card": card,
        "brief": brief,
        "values": labelled_values(brief),
        "form": form,
    }
    return render(request, "generation/edit_draft.html", context, status=422 if form.is_bound else 200)


def ancestors_of(draft: Draft) -> list[Draft]:
    """Parent, grandparent and so on to the model's draft, oldest first."""
    if draft.parent_id is None:
        return []
    family = {known.pk: known for known in with_reviews(draft.brief.drafts.all())}
    chain: list[Draft] = []
    parent = family.get(draft.parent_id)
    while parent is not None:
        chain.append(parent)
        parent = family.get(parent.parent_id) if parent.parent_id else None
    return chain[::-1]
