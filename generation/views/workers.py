"""The page of the workers: for those who keep the portal running."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aigc_portal.accounts.access import require_any_role, signed_in
from aigc_portal.accounts.models import Role
from generation.worker_overview import last_failures, queues


@require_GET
def workers(request: HttpRequest) -> HttpResponse:
    """Every model's workers and queue, and the last failed runs; htmx asks again for what is inside the page."""
    user = signed_in(request)
    require_any_role(user, Role.ADMIN, Role.ENGINEER)
    context = {"queues": queues(), "failures": last_failures(user)}
    template = "_workers" if "HX-Request" in request.headers else "workers"
    return render(request, f"generation/{template}.html", context)
