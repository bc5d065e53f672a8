"""Refuse a body that is too large before it is read: Django's ASGI handler would first spool all of it to disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _

from aigc_portal.problem_details import MEDIA_TYPE, body_of

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

DRAIN_SECONDS = 2.0
DRAIN_BYTES = 64 * 1024 * 1024
POLICY = b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"


class BodyTooLarge(Exception):
    pass


class BodyLimit:
    """ASGI middleware: 413 at once for a declared length over the limit, or as soon as a chunked body passes it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = settings.BODY_LIMIT
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await refuse(scope, receive, send)
            return
        received, answering = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except BodyTooLarge:
            if not answering:  # else the server cuts the answer off, which the client notices
                await refuse(scope, receive, send)


async def refuse(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Answer first, then take what still comes: a connection that is closed while the client sends is reset, and the
    client never sees the answer."""
    content_type, body = answer_to(ASGIRequest(scope, BytesIO()))
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", POLICY),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            await drain(receive)
    await send({"type": "http.response.body", "body": b""})


def answer_to(request: ASGIRequest) -> tuple[str, bytes]:
    """Content type and body: a page for browsers, else problem details."""
    with override(get_language_from_request(request)):
        if request.get_preferred_type([MEDIA_TYPE, "text/html"]) == "text/html":
            return "text/html; charset=utf-8", render_to_string("413.html").encode()
        detail = _("The request body is over %(limit)s KiB. Nothing was stored; send less.") % {
            "limit": settings.BODY_LIMIT // 1024
        }
        return MEDIA_TYPE, json.dumps(body_of(413, "body_too_large", detail), ensure_ascii=False).encode()


async def drain(receive: Receive) -> None:
    left = DRAIN_BYTES
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if not message.get("more_body"):
            return
