"""One review: the brief beside the draft, and the decision or its outcome."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Role, User
from generation.models.drafts import LONGEST_TEXT
from generation.text_diff import diff_pieces
from review.forms import DecisionForm, SubjectFilters
from review.lifeline import lifeline
from review.models import Review
from review.standing import standing
from review.subject import Subject


@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody in the team reads it; the reviewer who holds it decides here."""
    user = signed_in(request)
    return desk_page(request, user, get_visible(Review.objects.with_subject(), user, pk))


@require_POST
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """What the typed correction changes, as a part of the desk. Nothing is written."""
    user = signed_in(request)
    found = get_visible(Review.objects.with_subject(), user, pk)
    require_role(user, found.team_id, Role.REVIEWER)
    text = request.POST.get("corrected_text", "").replace("\r\n", "\n").strip()
    return render(request, "review/_correction.html", correction_context(found, text))


def correction_context(review: Review, text: str) -> dict[str, Any]:
    too_long = len(text) > LONGEST_TEXT
    pieces = [] if too_long else diff_pieces(review.draft.text, text, review.draft.language)
    changed = any(piece.kind != "same" for piece in pieces)
    limit = {"too_long": too_long, "length": len(text), "limit": LONGEST_TEXT}
    return {"review": review, "pieces": pieces, "changed": changed} | limit


def desk_page(
    request: HttpRequest, user: User, review: Review, *, form: DecisionForm | None = None, status: int = 200
) -> HttpResponse:
    """The page for this reader. `form` is one that was sent and needs mending."""
    subject = Subject(review)
    form = form or DecisionForm(review=review)
    text = form["corrected_text"].value() or ""
    context = {
        "subject": subject,
        "steps": lifeline(subject),
        "form": form,
        **correction_context(review, text.replace("\r\n", "\n").strip()),
        **bar_context(request, user, review),
    }
    return render(request, "review/review.html", context, status=status)


def decision_bar(request: HttpRequest, user: User, review: Review, *, status: int = 200) -> HttpResponse:
    context = {"lost": True, **bar_context(request, user, review)}
    return render(request, "review/_decision_bar.html", context, status=status)


def bar_context(request: HttpRequest, user: User, review: Review) -> dict[str, Any]:
    filters = SubjectFilters(request.GET, teams=user.teams_as(Role.REVIEWER))
    return {"review": review, "standing": standing(user, review), "carried": filters.query()}
