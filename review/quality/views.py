"""The page of quality: for leads and auditors."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aigc_portal.accounts.access import require_any_role, signed_in
from aigc_portal.accounts.models import Role, Team
from review.kept_figures import counted
from review.quality.forms import QualityFilters
from review.quality.matrix import matrix_rows
from review.quality.measures import Quality, judged, quality_of
from review.quality.outcomes import Outcome
from review.quality.people import People, people_of


@require_GET
def quality(request: HttpRequest) -> HttpResponse:
    """How well a team's verdicts agree and stand. Names only where the reader asks for them."""
    teams = require_any_role(signed_in(request), Role.LEAD, Role.AUDITOR)
    filters = QualityFilters(request.GET, team_ids=teams)
    team, period = filters.chosen_team, filters.shown_period
    found = counted("quality", (team.pk, period, filters.shows_people), partial(figures_of, team, filters))
    quality, people = found.figures
    context = {
        "filters": filters,
        "team": team,
        "counted": found,
        "quality": quality,
        "people": people,
        "outcomes": Outcome,
        "matrix": matrix_rows(quality.matrix),
    }
    return render(request, "review/quality/quality.html", context)


def figures_of(team: Team, filters: QualityFilters) -> tuple[Quality, People | None]:
    read = judged(team.pk, filters.since)
    return quality_of(read), people_of(read) if filters.shows_people else None
