"""`Idempotency-Key` on any POST (a header, or a form's hidden field): the act and its kept answer commit together.

A repeat waits two seconds for the first to commit and gets its answer, else 409: come again. A refusal (4xx) is not
kept: mend it, send it again. Neither is a download. An answer that its view marks `no-store` holds a secret: its repeat
is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.settings import api_settings

from aigc_portal.idempotency.models import KeptAnswer
from aigc_portal.problem_details import is_api, problem_answer
from aigc_portal.problem_pages import problem_page

FORM_FIELD = "idempotency_key"
LONGEST_KEY = 100
WAIT = "2s"  # of a repeat, which holds a connection of the pool meanwhile
RETRY_AFTER = "2"
KEPT_HEADERS = ("Content-Type", "Location", "HX-Redirect")


class AnsweredBefore(Exception):
    """Somebody else's transaction has committed an answer for this key."""


class StillWorking(Exception):
    """Somebody else's transaction has the key and has not committed for WAIT."""


class IdempotencyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scope = sender(request) if request.method == "POST" else ""
        key = asked_key(request) if scope else ""
        if not key:
            return self.get_response(request)
        if len(key) > LONGEST_KEY or not key.isprintable():
            detail = _("An Idempotency-Key has at most %(most)s printable characters.") % {"most": LONGEST_KEY}
            return problem_answer(400, "idempotency_key_invalid", detail)
        fingerprint = hashlib.sha256(request.get_full_path().encode() + b"\0" + request.body).hexdigest()
        try:
            return self._answer_once(request, scope, key, fingerprint)
        except AnsweredBefore:
            return replay(request, KeptAnswer.objects.get(scope=scope, key=key), fingerprint)
        except StillWorking:
            detail = _("The first request with this Idempotency-Key is still being worked on. Send it again later.")
            sentence = _("What you sent is still being worked on. Wait a moment, then look whether it is there.")
            answer = refuse(request, 409, "still_working", detail, sentence)
            answer["Retry-After"] = RETRY_AFTER
            return answer

    def _answer_once(self, request: HttpRequest, scope: str, key: str, fingerprint: str) -> HttpResponse:
        with transaction.atomic():
            answer = take_key(scope, key, fingerprint)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            elif response.status_code >= 400 or response.streaming:
                answer.delete()
            elif "no-store" not in response.get("Cache-Control", ""):
                answer.status_code = response.status_code
                answer.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
                answer.body = response.content
                answer.save(update_fields=["status_code", "headers", "body"])
        return response


def take_key(scope: str, key: str, fingerprint: str) -> KeptAnswer:
    """The row of the key, ours until the transaction ends; AnsweredBefore or StillWorking where another has it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
            answer = KeptAnswer.objects.create(scope=scope, key=key, fingerprint=fingerprint)
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except IntegrityError:
        raise AnsweredBefore from None
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise StillWorking from None
        raise
    return answer


def sender(request: HttpRequest) -> str:
    """Whose keys these are, by session or valid token; "" for nobody, whose answers are not kept."""
    user = request.user
    if "Authorization" in request.headers:
        try:
            bearer_token: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES[0]
            found = bearer_token().authenticate(request)
        except AuthenticationFailed:
            return ""
        user = found[0] if found else user
    return f"user:{user.pk}" if user.is_authenticated else ""


def asked_key(request: HttpRequest) -> str:
    header = request.headers.get("Idempotency-Key")
    if header is not None:
        return header
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    request.body  # noqa: B018 - a multipart form's body can only be read before its fields are
    return request.POST.get(FORM_FIELD, "")


def replay(request: HttpRequest, answer: KeptAnswer, fingerprint: str) -> HttpResponse:
    if answer.fingerprint != fingerprint:
        detail = _("This Idempotency-Key was used for another request.")
        sentence = _("This form was sent before, with another content. That was saved; this was not.")
        return refuse(request, 422, "idempotency_key_reused", detail, sentence)
    if answer.status_code is None:
        detail = _("This was done before. Its answer holds a secret that is shown only once.")
        return refuse(request, 409, "answer_not_kept", detail, detail)
    return HttpResponse(bytes(answer.body), status=answer.status_code, headers=answer.headers)


def refuse(request: HttpRequest, status: int, code: str, detail: str, sentence: str) -> HttpResponse:
    if is_api(request):
        return problem_answer(status, code, detail)
    return problem_page(request, 409, sentence)
