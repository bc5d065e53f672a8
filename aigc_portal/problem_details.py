"""Refusals of the API as problem details (RFC 9457) with a stable `code`."""

from __future__ import annotations

import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_request, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views import defaults
from psycopg_pool import PoolTimeout
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import exception_handler as drf_handler

from aigc_portal.problems import Refused, StaleState, with_headers_of

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "5"  # seconds
NO_DATABASE = (OperationalError, InterfaceError, PoolTimeout)
TITLES = {
    400: gettext_lazy("Invalid input"),
    401: gettext_lazy("Not signed in"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    406: gettext_lazy("Not acceptable"),
    409: gettext_lazy("Conflict"),
    413: gettext_lazy("Content too large"),
    415: gettext_lazy("Unsupported media type"),
    422: gettext_lazy("Not processable"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("Error in the portal"),
    503: gettext_lazy("Unavailable"),
}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer for an exception of a view; None lets it become a 500."""
    match error:
        case Refused():
            return with_headers_of(error, problem(error.status, error.code, error.detail, **error.extra))
        case StaleState():
            return stale(error, context["view"])
        case ValidationError():
            error = exceptions.ValidationError(as_serializer_error(error))
        case Http404():
            error = exceptions.NotFound(_("There is no such thing here, or it belongs to a team that you are not in."))
    response = drf_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        return problem(400, "invalid_input", _("Some fields are not valid."), errors=response.data)
    code = getattr(error, "default_code", "permission_denied")
    answer = problem(response.status_code, code, str(response.data.get("detail", "")))
    for header in ("WWW-Authenticate", "Retry-After"):
        if header in response.headers:
            answer[header] = response.headers[header]
    return answer


def stale(error: StaleState, view: object) -> Response:
    """409 with the object as it is now, where the view can show it: the decision of whoever was faster."""
    state = error.obj.get_status_display()  # type: ignore[attr-defined]
    detail = _("This is not possible now: the state is “%(state)s”.") % {"state": state}
    show = getattr(view, "current", None)
    current = {"current": show(error.obj)} if show else {}
    return problem(409, "stale_state", detail, current_status=error.obj.status, **current)


def problem(status: int, code: str, detail: str, **extra: Any) -> Response:
    return Response(body_of(status, code, detail, **extra), status=status, content_type=MEDIA_TYPE)


def body_of(status: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    """The members of a problem; `title` and `detail` are in the active language."""
    title = str(TITLES.get(status, TITLES[500]))
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail} | extra


def problem_answer(status: int, code: str, detail: str) -> HttpResponse:
    """The same outside the REST framework."""
    return JsonResponse(
        body_of(status, code, detail),
        status=status,
        content_type=MEDIA_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: what Django refuses before a view sees it."""
    if not is_api(request):
        return defaults.bad_request(request, exception)
    return problem_answer(400, "bad_request", _("The portal cannot make sense of this request."))


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: the log says more, under the X-Request-ID of the answer.

    Django calls it while it handles the exception, whichever view or middleware raised it: so a database that does not
    answer, or a pool without a free connection, is a 503 wherever it was first missed.
    """
    if isinstance(sys.exception(), NO_DATABASE):
        # The user, whose language would come first, could perhaps not be read.
        with override(getattr(request, "LANGUAGE_CODE", None) or get_language_from_request(request)):
            return unavailable(request)
    if not is_api(request):
        return defaults.server_error(request)
    return problem_answer(500, "internal_error", _("The portal failed. Nothing was changed; its log says more."))


def unavailable(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        answer = problem_answer(503, "unavailable", _("The database does not answer. Nothing was changed; try again."))
    else:
        answer = HttpResponse(render_to_string("503.html"), status=503)
    answer["Retry-After"] = RETRY_AFTER
    return answer
