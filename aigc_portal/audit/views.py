"""The list of events, the life of one object, one event: for auditors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from aigc_portal.audit.event_row import row_of
from aigc_portal.audit.forms import EventFilters
from aigc_portal.audit.labels import type_label
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.readers import teams_read_by
from aigc_portal.newest_first import page_of

PAGE_SIZE = 50


@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """Newest first. With `type` and `id` it is the life of that object."""
    team_ids = teams_read_by(request)
    filters = EventFilters(request.GET, team_ids=team_ids)
    page = page_of(filters.narrow(AuditEvent.objects.of_teams(team_ids)), request.GET, PAGE_SIZE)
    rows = [row_of(event) for event in page.rows]
    context = {
        "rows": rows,
        "page": page,
        "filters": filters,
        "several_teams": len(team_ids) > 1,
        "life_of": page.rows[0] if filters.target and page.rows else None,
        "life_type": type_label(filters.target[0]) if filters.target else "",
    }
    return render(request, "audit/events.html", context)


@require_GET
def event(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(AuditEvent.objects.of_teams(teams_read_by(request)), pk=pk)
    return render(request, "audit/event.html", {"row": row_of(found)})
