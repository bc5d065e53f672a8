"""The page of numbers: for leads."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aigc_portal.accounts.access import require_any_role, signed_in
from aigc_portal.accounts.models import Role
from review.kept_figures import counted
from review.numbers.forms import NumbersFilters
from review.numbers.page import numbers_of


@require_GET
def numbers(request: HttpRequest) -> HttpResponse:
    """How much a team decides, how long texts wait, what is accepted. A range that cannot be shows no numbers."""
    teams = require_any_role(signed_in(request), Role.LEAD)
    filters = NumbersFilters(request.GET, team_ids=teams)
    context = {"filters": filters, "team": filters.chosen_team}
    if filters.is_valid():
        span = filters.span()
        found = counted("numbers", span, partial(numbers_of, span))
        context |= {"span": span, "counted": found, "numbers": found.figures}
    return render(request, "review/numbers/numbers.html", context, status=200 if filters.is_valid() else 422)
