"""A lead settles whose a review is, how urgent, and until when."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aigc_portal.accounts.access import require_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.problems import Refused, StaleState
from review.actions import triage as actions
from review.forms.triage_form import TriageForm
from review.models import Review
from review.typed import forget_typed
from review.views.desk import visible_review

FIELD_OF = {"due_in_the_past": "due_at"}


@require_http_methods(["GET", "POST"])
def triage(request: HttpRequest, pk: int) -> HttpResponse:
    """All three at once; nothing is written where one of them is refused."""
    user = signed_in(request)
    review = led_review(user, pk)
    if request.method == "GET":
        return page(request, review, TriageForm(review=review))
    form = TriageForm(request.POST, review=review)
    valid = form.is_valid()
    if not review.is_open or form.was_overtaken():
        return too_late(request, user, pk, form)
    if not valid:
        return page(request, review, form, status=422)
    try:
        settle(user, review, form)
    except StaleState:
        return too_late(request, user, pk, form)
    except Refused as refusal:
        form.add_error(FIELD_OF.get(refusal.code, "person"), refusal.detail)
        return page(request, led_review(user, pk), form, status=422)
    messages.success(request, _("Saved: who reviews “%(title)s”, and until when.") % {"title": review.draft.brief})
    return redirect(review)


@transaction.atomic
def settle(user: User, review: Review, form: TriageForm) -> None:
    """What was not touched in the form is not written: the minute that it shows is not the moment that is due."""
    if "person" in form.changed_data:
        actions.assign(actor=user, review=review, to=form.assignee)
    if "priority" in form.changed_data:
        actions.set_priority(actor=user, review=review, priority=form.cleaned_data["priority"])
    if "due_at" in form.changed_data:
        actions.set_due(actor=user, review=review, due_at=form.cleaned_data["due_at"])


@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever a review is assigned to opens it to everybody. Done already is the same; so it is for a known answer."""
    user = signed_in(request)
    review = visible_review(user, pk)
    require_role(user, review.team_id, Role.REVIEWER, Role.LEAD)
    if review.assigned_to is not None and review.gold_id is None:
        actions.give_back(actor=user, review=review)
        forget_typed(request, review)
    messages.info(request, _("“%(title)s” is open to every reviewer again.") % {"title": review.draft.brief})
    return redirect(review)


@require_POST
def take_from(request: HttpRequest, pk: int) -> HttpResponse:
    """What `holder` has goes back to the queue; they are told. 409 where somebody else has it, or nobody."""
    user = signed_in(request)
    review = led_review(user, pk)
    if request.POST.get("holder", "") != str(review.claimed_by_id or ""):
        return page(request, review, TriageForm(review=review), status=409)
    try:
        actions.take_away(actor=user, review=review)
    except StaleState:
        review = led_review(user, pk)
        return page(request, review, TriageForm(review=review), status=409)
    messages.info(request, _("“%(title)s” is back in the queue.") % {"title": review.draft.brief})
    return redirect("review:triage", pk=pk)


def led_review(user: User, pk: int) -> Review:
    """For leads of its team; a text with a known answer stays where it is."""
    review = visible_review(user, pk)
    require_role(user, review.team_id, Role.LEAD)
    if review.gold_id is not None:
        raise Http404
    return review


def too_late(request: HttpRequest, user: User, pk: int, form: TriageForm) -> HttpResponse:
    """409 with what stands now, and what the reader changed still in the form."""
    review = led_review(user, pk)
    return page(request, review, form.renewed(review), status=409)


def page(request: HttpRequest, review: Review, form: TriageForm, *, status: int = 200) -> HttpResponse:
    holder = review.claimed_by if review.status == Review.Status.IN_REVIEW else None
    context = {"review": review, "form": form, "holder": holder, "overtaken": status == 409}
    return render(request, "review/triage.html", context, status=status)
