"""How many tokens the teams may use, and what they use now; for their admins."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from aigc_portal.accounts.access import require_any_role, require_role, signed_in
from aigc_portal.accounts.models import Role, Team, User
from generation.actions.limits import set_team_limit
from generation.forms.limit_form import LimitForm
from generation.token_budget import TeamBudget, budgets_of


@dataclass(frozen=True)
class Meter:
    """A bar with its words. Nothing is divided by zero: a limit of 0 shows a full bar."""

    label: str
    used: int
    limit: int

    @property
    def text(self) -> str:
        numbers = {"used": grouped(self.used), "limit": grouped(self.limit)}
        if self.used >= self.limit:
            return _("%(used)s of %(limit)s tokens: used up") % numbers
        return _("%(used)s of %(limit)s tokens") % numbers

    @property
    def value(self) -> int:
        return min(self.used, self.limit) if self.limit else 1

    @property
    def max(self) -> int:
        return self.limit or 1


@dataclass(frozen=True)
class TeamPanel:
    """One team on the page."""

    budget: TeamBudget
    form: LimitForm
    audits: bool

    @property
    def team(self) -> Team:
        return self.budget.team

    @property
    def meters(self) -> list[Meter]:
        limit = self.budget.limit
        today = _("Used or booked since midnight (%(zone)s)") % {"zone": settings.TIME_ZONE}
        return [
            Meter(_("In work now"), self.budget.outstanding, limit.outstanding_tokens),
            Meter(today, self.budget.used_today, limit.daily_tokens),
        ]


def grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


@require_GET
def limits(request: HttpRequest) -> HttpResponse:
    return limits_page(request, signed_in(request))


@require_POST
def set_limit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the limits of one team."""
    user = signed_in(request)
    team = get_object_or_404(Team, pk=pk, pk__in=user.roles_by_team)
    require_role(user, team.pk, Role.ADMIN)
    form = LimitForm.of(budgets_of([team])[0], request.POST)
    if not form.is_valid():
        return limits_page(request, user, {team.pk: form}, status=422)
    set_team_limit(actor=user, team=team, **form.cleaned_data)
    messages.success(request, _("The limits of %(team)s are saved. They hold for new runs.") % {"team": team})
    return redirect("generation:limits")


def limits_page(
    request: HttpRequest, user: User, sent: dict[int, LimitForm] | None = None, status: int = 200
) -> HttpResponse:
    """Every team that the user administers, with the forms that were sent in the place of theirs."""
    teams = Team.objects.filter(pk__in=require_any_role(user, Role.ADMIN)).order_by("name")
    panels = [
        TeamPanel(
            budget=budget,
            form=(sent or {}).get(budget.team.pk) or LimitForm.of(budget),
            audits=user.has_role(budget.team.pk, Role.AUDITOR),
        )
        for budget in budgets_of(teams)
    ]
    return render(request, "generation/limits.html", {"panels": panels}, status=status)
