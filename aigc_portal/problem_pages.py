"""Refusals as pages: what happened, what was kept, what to do."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _

from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused, with_headers_of


class ProblemPagesMiddleware:
    """Turns the portal's own exceptions from a view into a page with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            page = problem_page(request, 405, "")
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match error:
            case Refused():
                return with_headers_of(error, problem_page(request, error.status, error.detail))
            case StaleState():
                detail = _("This changed while you were looking at it. Open it again to see how it stands now.")
                return problem_page(request, 409, detail, again=error.obj.get_absolute_url())
            case PermissionDenied():
                return problem_page(request, 403, str(error))
        return None


def problem_page(request: HttpRequest, status: int, detail: str, again: str = "") -> HttpResponse:
    return render(request, f"{status}.html", {"detail": detail, "again": again}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    detail = _("The page was open for too long or cookies are blocked. Go back, reload the page and send it again.")
    return problem_page(request, 403, detail)
