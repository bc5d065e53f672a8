"""A team's reasons to refuse a text."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Team, User
from aigc_portal.problems import Refused
from review.actions.policies import MANAGERS
from review.actions.reasons import add_reason, bring_back_reason, move_reason, retire_reason
from review.forms.settings_forms import ReasonForm
from review.models import FeedbackReason, ReasonCode
from review.views.settings.teams import READERS, settings_context, settings_team


@require_http_methods(["GET", "POST"])
def reasons(request: HttpRequest, team: int) -> HttpResponse:
    """The reasons in their order, then the retired ones; a POST adds one."""
    user = signed_in(request)
    chosen = settings_team(user, team)
    form = ReasonForm()
    if request.method == "POST":
        require_role(user, chosen.pk, *MANAGERS)
        form = ReasonForm(request.POST)
        if form.is_valid():
            try:
                made = add_reason(actor=user, team=chosen, **form.cleaned_data)
            except Refused as refusal:
                form.add_error("code", refusal.detail)
            else:
                messages.success(request, _("“%(reason)s” is on offer now.") % {"reason": made})
                return redirect("review:settings-reasons", chosen.pk)
    return reasons_page(request, user, chosen, form, status=422 if form.errors else 200)


@require_GET
def reason(request: HttpRequest, pk: int) -> HttpResponse:
    """The list, with this reason marked."""
    user = signed_in(request)
    found = get_visible(ReasonCode.objects.select_related("team"), user, pk)
    require_role(user, found.team_id, *READERS)
    return reasons_page(request, user, found.team, ReasonForm(), marked=found)


def reasons_page(
    request: HttpRequest,
    user: User,
    team: Team,
    form: ReasonForm,
    *,
    marked: ReasonCode | None = None,
    status: int = 200,
) -> HttpResponse:
    used = times_used(team)
    rows = [(one, used.get(one.pk, 0)) for one in ReasonCode.objects.filter(team=team)]
    context = {
        **settings_context(user, team, "reasons"),
        "offered": [row for row in rows if row[0].retired_at is None],
        "retired": [row for row in rows if row[0].retired_at is not None],
        "form": form,
        "marked": marked,
    }
    return render(request, "review/settings/reasons.html", context, status=status)


def times_used(team: Team) -> dict[int, int]:
    """Reason id to the number of verdicts that stand and name it; those that only measure reviewers aside."""
    given = FeedbackReason.objects.filter(reason__team=team, feedback__undone_at=None, feedback__review__gold=None)
    return dict(given.values_list("reason").annotate(times=Count("pk")).order_by())


@require_POST
def move_up(request: HttpRequest, pk: int) -> HttpResponse:
    return change(request, pk, lambda actor, reason: move_reason(actor=actor, reason=reason, up=True))


@require_POST
def move_down(request: HttpRequest, pk: int) -> HttpResponse:
    return change(request, pk, lambda actor, reason: move_reason(actor=actor, reason=reason, up=False))


@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    return change(request, pk, lambda actor, reason: retire_reason(actor=actor, reason=reason))


@require_POST
def bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    return change(request, pk, lambda actor, reason: bring_back_reason(actor=actor, reason=reason))


def change(request: HttpRequest, pk: int, act: Callable[[User, ReasonCode], None]) -> HttpResponse:
    user = signed_in(request)
    found = get_visible(ReasonCode.objects.all(), user, pk)
    require_role(user, found.team_id, *MANAGERS)
    try:
        act(user, found)
    except Refused as refusal:
        messages.error(request, refusal.detail)
    return redirect("review:settings-reasons", found.team_id)
