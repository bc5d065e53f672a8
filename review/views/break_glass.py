"""A lead decides alone: what that means, and the form for it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from aigc_portal.accounts.access import require_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from review.actions.break_glass import break_glass, broken_rules, told_of
from review.forms.break_glass_form import BreakGlassForm
from review.models import Review
from review.views.desk import visible_review

RULES: dict[str, str | Promise] = {
    "four_eyes": gettext_lazy("You asked for this text or wrote a part of it."),
    "role": gettext_lazy("You are no reviewer of this team."),
    "steps": gettext_lazy("The policy asks other people now, or more of them."),
}
FIELD_OF = {"reason_required": "reasons", "unknown_reason": "reasons", "reason_length": "reason"}


@require_http_methods(["GET", "POST"])
def break_glass_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What will be recorded and who is told; a POST decides.

    Where the answer is known nobody decides so, which only a lead learns: for others it is like any review.
    """
    user = signed_in(request)
    review = visible_review(user, pk)
    require_role(user, review.team_id, Role.LEAD)
    form = BreakGlassForm(request.POST if request.method == "POST" else None, review=review)
    if not review.is_open or review.gold_id is not None:
        return page(request, user, review, form, status=409 if request.method == "POST" else 200)
    if request.method == "GET":
        return page(request, user, review, form)
    if not form.is_valid():
        return page(request, user, review, form, status=422)
    chosen = form.cleaned_data
    try:
        break_glass(
            actor=user,
            review=review,
            sha256=chosen["sha256"],
            decision=chosen["decision"],
            reason=chosen["reason"],
            verdict=form.verdict,
        )
    except StaleState:
        return page(request, user, visible_review(user, pk), form, status=409)
    except Refused as refusal:
        form.add_error(FIELD_OF.get(refusal.code), refusal.detail)
        return page(request, user, review, form, status=409 if refusal.status == 409 else 422)
    messages.success(request, _("Decided. The auditors are told, and the log has your reason."))
    return redirect(review)


def page(request: HttpRequest, user: User, review: Review, form: BreakGlassForm, *, status: int = 200) -> HttpResponse:
    """With the text as it stands now: whoever sends the form again decides on that one."""
    broken = broken_rules(user, review, Review.Status.APPROVED) if review.is_open else []
    context: dict[str, Any] = {
        "review": review,
        "form": form,
        "sha256": review.current_draft.sha256,
        "broken": [RULES[rule] for rule in broken],
        "told": told_of(user, review),
        "holder": review.claimed_by if review.status == Review.Status.IN_REVIEW else None,
    }
    return render(request, "review/break_glass.html", context, status=status)
