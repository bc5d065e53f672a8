"""What is done with several selected reviews at once."""

from __future__ import annotations

from time import monotonic

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from aigc_portal.accounts.access import require_any_role, signed_in
from aigc_portal.accounts.models import Role, User
from review.actions.bulk import assign_each, decide_each, set_priority_of_each, undo_each
from review.forms.bulk_form import AssignForm, PriorityForm, SelectionForm, VerdictForm
from review.models import Priority, ReviewStatus
from review.models.feedback import UNDO_SECONDS
from review.views.bulk_pages import Took, carried, confirmation, result


@require_POST
def assign_selected(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    require_any_role(user, Role.LEAD)
    form = AssignForm(request.POST, user=user)
    if not form.is_valid():
        return back_with(request, form)
    to = form.assignee
    outcomes = assign_each(actor=user, reviews=form.cleaned_data["review"], to=to)
    act = _("Assign to %(name)s") % {"name": to} if to else _("Assign to nobody")
    return settled(request, user, Took(act, outcomes), assigned(len(outcomes), to))


@require_POST
def prioritise_selected(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    require_any_role(user, Role.LEAD)
    form = PriorityForm(request.POST, user=user)
    if not form.is_valid():
        return back_with(request, form)
    priority = Priority(form.cleaned_data["priority"])
    outcomes = set_priority_of_each(actor=user, reviews=form.cleaned_data["review"], priority=priority)
    n = len(outcomes)
    said = ngettext("%(n)s text has the priority %(priority)s.", "%(n)s texts have the priority %(priority)s.", n)
    said %= {"n": n, "priority": priority.label}
    return settled(request, user, Took(_("Priority: %(priority)s") % {"priority": priority.label}, outcomes), said)


@require_POST
def decide_selected(request: HttpRequest) -> HttpResponse:
    """First every selected text in full; with `confirmed` the verdict on each, on the text that was shown.

    `without` leaves a text out and shows the others again.
    """
    user = signed_in(request)
    require_any_role(user, Role.REVIEWER)
    form = VerdictForm(request.POST, user=user)
    valid = form.is_valid()
    if {"review", "decision"} & set(form.errors):
        return back_with(request, form)
    without = {int(pk) for pk in request.POST.getlist("without") if pk.isdecimal()}
    if "confirmed" not in request.POST or without:
        return confirmation(request, user, form, without=without, status=200)
    if not valid:
        return confirmation(request, user, form, without=(), status=422)
    began, chosen = monotonic(), form.cleaned_data
    outcomes = decide_each(
        actor=user,
        reviews=chosen["review"],
        decision=chosen["decision"],
        verdict=form.verdict,
        sha256=form.sha256,
    )
    left = max(0, int(UNDO_SECONDS - (monotonic() - began)))
    act = str(ReviewStatus(chosen["decision"]).label)
    return result(request, user, Took(act, outcomes, is_verdict=True, undo_seconds=left))


@require_POST
def undo_selected(request: HttpRequest) -> HttpResponse:
    """Take one's verdicts on all of them back; they wait for a reviewer again."""
    user = signed_in(request)
    require_any_role(user, Role.REVIEWER)
    form = SelectionForm(request.POST, user=user)
    if not form.is_valid():
        return back_with(request, form)
    return result(request, user, Took(_("Taken back"), undo_each(actor=user, reviews=form.cleaned_data["review"])))


def assigned(n: int, to: User | None) -> str:
    if to is None:
        return ngettext("%(n)s text is assigned to nobody.", "%(n)s texts are assigned to nobody.", n) % {"n": n}
    said = ngettext("%(n)s text is assigned to %(name)s.", "%(n)s texts are assigned to %(name)s.", n)
    return said % {"n": n, "name": to}


def settled(request: HttpRequest, user: User, took: Took, said: str) -> HttpResponse:
    """Back in the queue where all went well; else the list of what did not."""
    if len(took.done) < len(took.outcomes):
        return result(request, user, took)
    messages.success(request, said)
    return redirect(reverse("review:reviews") + carried(request, user))


def back_with(request: HttpRequest, form: SelectionForm) -> HttpResponse:
    """Nothing was done: the queue says why."""
    for errors in form.errors.values():
        messages.error(request, str(errors[0]))
    return redirect(reverse("review:reviews") + carried(request, signed_in(request)))
