"""The decision buttons. What was typed comes back with every refusal."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from review.actions.claims import refuse_contributor
from review.actions.decisions import approve, reject, request_changes
from review.forms import DecisionForm
from review.models import Review
from review.standing import standing
from review.views.desk import bar_context, desk_page
from review.views.queue import onward

FIELD_OF = {
    "reason_required": "reasons",
    "unknown_reason": "reasons",
    "empty_text": "corrected_text",
    "text_too_long": "corrected_text",
}


@require_POST
def approve_draft(request: HttpRequest, pk: int) -> HttpResponse:
    return decide(request, pk, Review.Status.APPROVED)


@require_POST
def ask_for_changes(request: HttpRequest, pk: int) -> HttpResponse:
    return decide(request, pk, Review.Status.CHANGES_REQUESTED)


@require_POST
def reject_draft(request: HttpRequest, pk: int) -> HttpResponse:
    return decide(request, pk, Review.Status.REJECTED)


def decide(request: HttpRequest, pk: int, decision: str) -> HttpResponse:
    """Decide and go on; 422 with the form, or 409 with what stands now, where that is not possible."""
    user = signed_in(request)
    review = get_visible(Review.objects.with_subject(), user, pk)
    require_role(user, review.team_id, Role.REVIEWER)
    refuse_contributor(user, review)
    form = DecisionForm(request.POST, review=review, decision=decision)
    valid = form.is_valid()
    if not standing(user, review).holds:
        return too_late(request, user, pk, form)
    if not valid:
        return desk_page(request, user, review, form=form, status=422)
    try:
        act(user, review, form)
    except StaleState:
        return too_late(request, user, pk, form)
    except Refused as refusal:
        if refusal.status == 409:
            return too_late(request, user, pk, form, refusal.detail)
        form.add_error(FIELD_OF.get(refusal.code), refusal.detail)
        return desk_page(request, user, review, form=form, status=422)
    messages.success(request, said(review))
    return onward(request, user)


def act(user: User, review: Review, form: DecisionForm) -> None:
    sha256, verdict = form.cleaned_data["sha256"], form.verdict
    match form.decision:
        case Review.Status.APPROVED:
            approve(actor=user, review=review, sha256=sha256, verdict=verdict, corrected_text=form.correction)
        case Review.Status.CHANGES_REQUESTED:
            request_changes(actor=user, review=review, sha256=sha256, verdict=verdict)
        case _:
            reject(actor=user, review=review, sha256=sha256, verdict=verdict)


def too_late(request: HttpRequest, user: User, pk: int, form: DecisionForm, detail: str = "") -> HttpResponse:
    """409 with the decision or the holder that stands now; a repeat of one's own decision is a success."""
    review = get_visible(Review.objects.with_subject(), user, pk)
    if is_repeat(user, review, form):
        messages.success(request, said(review))
        return onward(request, user)
    context = {"form": form, "detail": detail, "verdict": form.verdict, **bar_context(request, user, review)}
    return render(request, "review/too_late.html", context, status=409)


def is_repeat(user: User, review: Review, form: DecisionForm) -> bool:
    if review.decided_by_id != user.pk or review.status != form.decision:
        return False
    if review.approved_draft is None:
        return True
    wanted = review.draft.text if form.correction is None else form.correction.strip()
    return review.approved_draft.text == wanted


def said(review: Review) -> str:
    title = {"title": review.draft.brief}
    match review.status:
        case Review.Status.APPROVED if review.was_corrected:
            return _("Approved “%(title)s” with your correction.") % title
        case Review.Status.APPROVED:
            return _("Approved “%(title)s”.") % title
        case Review.Status.CHANGES_REQUESTED:
            return _("Sent “%(title)s” back for changes.") % title
        case _:
            return _("Rejected “%(title)s”.") % title
