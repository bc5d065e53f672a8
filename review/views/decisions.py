"""The decision buttons. What was typed comes back with every refusal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from aigc_portal.accounts.access import require_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.problems import Refused, StaleState
from generation.models import Draft
from generation.text_diff import diff_pieces
from review.actions.claims import refuse_contributor
from review.actions.decisions import approve, reject, request_changes
from review.forms.decision_form import DecisionForm
from review.models import Feedback, Review
from review.standing import standing
from review.typed import forget_typed, keep_typed
from review.views.decision_messages import tell, tell_again
from review.views.desk import bar_context, desk_page, visible_review
from review.views.queue import onward

FIELD_OF = {
    "reason_required": "reasons",
    "unknown_reason": "reasons",
    "facts_unchecked": "facts_checked",
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
    review = visible_review(user, pk)
    require_role(user, review.team_id, Role.REVIEWER)
    refuse_contributor(user, review)
    form = DecisionForm(request.POST, review=review, decision=decision)
    valid = form.is_valid()
    if not standing(user, review).holds or form.cleaned_data.get("sha256") != review.current_draft.sha256:
        return too_late(request, user, pk, form)
    if not valid:
        return desk_page(request, user, review, form=form, status=422)
    try:
        feedback = act(user, review, form)
    except StaleState:
        return too_late(request, user, pk, form)
    except Refused as refusal:
        if refusal.status == 409:
            return too_late(request, user, pk, form, refusal.detail)
        form.add_error(FIELD_OF.get(refusal.code), refusal.detail)
        return desk_page(request, user, review, form=form, status=422)
    forget_typed(request, review)
    tell(request, review, feedback)
    return onward(request, user)


def act(user: User, review: Review, form: DecisionForm) -> Feedback:
    sha256, verdict = form.cleaned_data["sha256"], form.verdict
    match form.decision:
        case Review.Status.APPROVED:
            return approve(actor=user, review=review, sha256=sha256, verdict=verdict, corrected_text=form.correction)
        case Review.Status.CHANGES_REQUESTED:
            return request_changes(actor=user, review=review, sha256=sha256, verdict=verdict)
        case _:
            return reject(actor=user, review=review, sha256=sha256, verdict=verdict)


def too_late(request: HttpRequest, user: User, pk: int, form: DecisionForm, detail: str = "") -> HttpResponse:
    """409 with what stands now, the text as it is now, and all that was typed; a repeat of one's own is a success."""
    review = visible_review(user, pk)
    sha256 = form.cleaned_data.get("sha256", "")
    if repeated := own_verdict(user, review, form, sha256):
        tell_again(request, review, repeated)
        return onward(request, user)
    keep_typed(request, review)
    read = Draft.objects.filter(brief=review.draft.brief_id, sha256=sha256).first()
    changed = sha256 != review.current_draft.sha256
    context = {
        "form": form,
        "detail": detail,
        "verdict": form.verdict,
        "text_changed": changed,
        "pieces": diff_pieces(read.text, review.current_draft.text) if read is not None and changed else [],
        **bar_context(request, user, review),
    }
    return render(request, "review/too_late.html", context, status=409)


def own_verdict(user: User, review: Review, form: DecisionForm, sha256: str) -> Feedback | None:
    """This reviewer's verdict that stands, where it says what was sent now."""
    given = review.feedback.standing().filter(reviewer=user, verdict=form.decision, draft__sha256=sha256)
    feedback = given.with_said().last()
    if feedback is None or feedback.approved_draft is None:
        return feedback
    wanted = feedback.draft.text if form.correction is None else form.correction.strip()
    return feedback if feedback.approved_draft.text == wanted else None
