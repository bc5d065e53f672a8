"""One review: the brief beside the text, and the decision or its outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Role, User
from generation.models.drafts import LONGEST_TEXT
from generation.text_diff import diff_pieces
from review.course import course_of
from review.forms.decision_form import DecisionForm, said_in
from review.forms.queue_filters import SubjectFilters
from review.lifeline import lifeline
from review.models import Review
from review.standing import Standing, may_withdraw, standing
from review.subject import Subject
from review.threads import threads_context
from review.typed import typed_for
from review.variants import following, variants_of
from review.visible_feedback import names_told, visible_corrector


@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody in the team reads it; the reviewer who holds it decides here.

    `?compare=7` shows how that variant differs; htmx gets the variants alone. `?claim=…` is an open page that asks what
    became of somebody else's claim.
    """
    user = signed_in(request)
    found = visible_review(user, pk)
    if "HX-Request" in request.headers and "claim" in request.GET:
        return claim_answer(request, user, found)
    if "HX-Request" in request.headers and "compare" in request.GET:
        context = bar_context(request, user, found) | variants_context(request, Subject(found))
        return render(request, "review/_variants.html", context)
    return desk_page(request, user, found)


@require_POST
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """What the typed correction changes, as a part of the desk. Nothing is written."""
    user = signed_in(request)
    found = visible_review(user, pk)
    require_role(user, found.team_id, Role.REVIEWER)
    text = request.POST.get("corrected_text", "").replace("\r\n", "\n").strip()
    return render(request, "review/_correction.html", correction_context(found, text))


def visible_review(user: User, pk: int) -> Review:
    """Texts with a known answer among them: they look like any other."""
    return get_visible(Review.for_reviewers.with_subject(), user, pk)


def correction_context(review: Review, text: str) -> dict[str, Any]:
    too_long = len(text) > LONGEST_TEXT
    pieces = [] if too_long else diff_pieces(review.current_draft.text, text)
    changed = any(piece.kind != "same" for piece in pieces)
    limit = {"too_long": too_long, "length": len(text), "limit": LONGEST_TEXT}
    return {"review": review, "pieces": pieces, "changed": changed} | limit


def desk_page(
    request: HttpRequest,
    user: User,
    review: Review,
    *,
    form: DecisionForm | None = None,
    said: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page for this reader. `form` is one that was sent and needs mending, `said` a comment (threads_context)."""
    subject = Subject(review)
    bar = bar_context(request, user, review)
    reader = bar["standing"]
    typed = None if form or not reader.holds else typed_before(request, user, review)
    form = form or DecisionForm(review=review, typed=typed["fields"] if typed else None)
    text = form["corrected_text"].value() or ""
    context = {
        "subject": subject,
        "may_withdraw": may_withdraw(reader, review),
        "steps": lifeline(subject),
        "course": course_of(user, review, reader),
        "corrector": visible_corrector(user, review, reader),
        "form": form,
        "typed": typed,
        **correction_context(review, text.replace("\r\n", "\n").strip()),
        **variants_context(request, subject),
        **threads_context(user, review, reader=reader, **(said or {})),
        **bar,
    }
    return render(request, "review/review.html", context, status=status)


def typed_before(request: HttpRequest, user: User, review: Review) -> dict[str, Any] | None:
    """What this reviewer typed and could not send, or sent and took back; `same_text` where it is on this text."""
    if kept := typed_for(request, review):
        return {"fields": kept[0], "same_text": kept[1], "undone": False}
    own = [one for one in review.feedback.all() if one.reviewer_id == user.pk]
    newest = max(own, key=lambda one: one.pk, default=None)
    if newest is None or newest.undone_at is None or newest.draft_id != review.current_draft_id:
        return None
    return {"fields": said_in(newest), "same_text": True, "undone": True}


def variants_context(request: HttpRequest, subject: Subject) -> dict[str, Any]:
    variants = variants_of(subject, request.GET.get("compare", ""))
    return {"variants": variants, "compare_next": following(variants)}


def decision_bar(request: HttpRequest, user: User, review: Review, *, status: int = 200) -> HttpResponse:
    context = {"lost": True, **bar_context(request, user, review)}
    return render(request, "review/_decision_bar.html", context, status=status)


def claim_answer(request: HttpRequest, user: User, review: Review) -> HttpResponse:
    """204 while the claim is as the page shows it; else the bar of the desk, or what a reader is told in its place."""
    context = bar_context(request, user, review)
    runs = review.status == Review.Status.IN_REVIEW and context["seconds_left"]
    if runs and context["claim_mark"] == request.GET["claim"]:
        return HttpResponse(status=204)
    if request.headers.get("HX-Target") == "decision-bar":
        return decision_bar(request, user, review)
    return render(request, "review/_claim_ended.html", {"went_on": True, **context})


def bar_context(request: HttpRequest, user: User, review: Review) -> dict[str, Any]:
    filters = SubjectFilters(request.GET, teams=user.teams_as(Role.REVIEWER, Role.LEAD))
    reader = standing(user, review)
    told = names_told(user, review)
    return {
        "review": review,
        "standing": reader,
        "carried": filters.query(),
        "names_told": told,
        "assignee": shown_assignee(user, review, reader) if told else None,
        **times(review),
    }


def shown_assignee(user: User, review: Review, reader: Standing) -> User | None:
    """A text with a known answer is assigned to the reviewer whom it measures; telling so would give it away."""
    return None if review.gold_id and not reader.is_lead else review.assigned_to


def times(review: Review) -> dict[str, Any]:
    """Seconds that the claim still has, a mark that changes with it, and whether the review is overdue."""
    now = timezone.now()
    left = (review.claimed_until - now).total_seconds() if review.claimed_until else 0
    mark = f"{review.claimed_by_id}-{review.claimed_until.timestamp():.0f}" if review.claimed_until else ""
    overdue = review.is_open and review.due_at < now
    return {"seconds_left": max(0, int(left)), "claim_mark": mark, "overdue": overdue}
