"""One draft, and writing a new one from it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Role
from aigc_portal.newest_first import key_in
from aigc_portal.problems import Refused
from generation.actions.drafts import edit_draft
from generation.brief_values import labelled_values
from generation.draft_cards import DraftCard, corrections_in, with_reviews
from generation.forms import DraftForm
from generation.life import life_of_draft
from generation.models import Draft
from generation.review_remarks import remarks_of
from generation.text_diff import diff_pieces


@require_GET
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    draft = get_visible(with_reviews(Draft.objects.all()), user, pk)
    ancestors = ancestors_of(draft)
    origin = ancestors[0] if ancestors else draft
    may_write = user.has_role(draft.team_id, Role.MARKETER)
    card = DraftCard(draft, origin.variant or 0, may_write, corrections_in(ancestors).get(draft.pk))
    parent = ancestors[-1] if ancestors else None
    context = {
        "draft": draft,
        "card": card,
        "brief": draft.brief,
        "run": origin.run,
        "parent": parent,
        "changes": diff_pieces(parent.text, draft.text) if parent else None,
        "children": draft.children.select_related("author").order_by("pk"),
        "reviews": [(review, remarks_of(review)) for review in sorted(draft.reviews.all(), key=lambda one: -one.pk)],
        "life": life_of_draft(card, ancestors),
    }
    return render(request, "generation/draft.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a child of the draft, or of another one of its brief (`?from=`): a reviewer's correction, say.

    What the reviewers said of the draft stands beside. Two tabs give two children; nobody's text is lost.
    """
    user = signed_in(request)
    draft = get_visible(with_reviews(Draft.objects.all()), user, pk)
    require_role(user, draft.team_id, Role.MARKETER)
    base = base_of(draft, request.GET)
    data = request.POST if request.method == "POST" else None
    form = DraftForm(data, language=draft.language, initial={"text": base.text})
    if form.is_valid():
        try:
            child = edit_draft(actor=user, draft=base, text=form.cleaned_data["text"])
        except Refused as refusal:
            form.add_error("text", refusal.detail)
        else:
            messages.success(request, _("Saved as a new draft. Submit it for review when it is ready."))
            return redirect(child)
    corrected_in = corrections_in(ancestors_of(draft)).get(draft.pk)
    brief = draft.brief
    context = {
        "draft": draft,
        "base": base,
        "card": DraftCard(draft, draft.variant or 0, True, corrected_in),
        "brief": brief,
        "values": labelled_values(brief),
        "form": form,
    }
    return render(request, "generation/edit_draft.html", context, status=422 if form.is_bound else 200)


def base_of(draft: Draft, query: QueryDict) -> Draft:
    """The draft that the edit starts from, and whose child it will be: so whoever wrote it contributes to the edit."""
    if "from" not in query:
        return draft
    return get_object_or_404(draft.brief.drafts.settled().select_related("author", "brief"), pk=key_in(query, "from"))


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
