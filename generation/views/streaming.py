"""A run's text while it is written, as server-sent events. Every stream ends by itself, and none raises."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import aclosing

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET
from redis.exceptions import RedisError

from aigc_portal.accounts.access import get_visible, signed_in
from aigc_portal.jobs.models import JobStatus
from generation.models import GenerationRun
from generation.run_stream import StreamEvent, read

logger = logging.getLogger(__name__)

EVENT_ID = re.compile(r"\d{1,19}-\d{1,19}")
CLOSED = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)
COME_AGAIN = "retry: 2000\n\n"
QUIET = ": quiet\n\n"


@require_GET
async def stream(request: HttpRequest, pk: int) -> HttpResponseBase:
    """From the first event, or after `Last-Event-ID`. No database connection is held while it streams."""
    status = await sync_to_async(status_for_visitor)(request, pk)
    given = request.headers.get("Last-Event-ID", "")
    labels = {str(value): str(label) for value, label in JobStatus.choices}
    return StreamingHttpResponse(
        lines(pk, given if EVENT_ID.fullmatch(given) else "", status, labels),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store, private", "X-Accel-Buffering": "no"},
    )


def status_for_visitor(request: HttpRequest, pk: int) -> str:
    """The run's status; Http404 outside the team."""
    try:
        return get_visible(GenerationRun.objects.only("status"), signed_in(request), pk).status
    finally:
        close_old_connections()


def status_now(pk: int) -> str:
    """The run's status, or "" where the database does not answer: the next quiet moment asks again."""
    try:
        return GenerationRun.objects.values_list("status", flat=True).get(pk=pk)
    except DatabaseError:
        return ""
    finally:
        close_old_connections()


async def lines(pk: int, after: str, status: str, labels: dict[str, str]) -> AsyncIterator[str]:
    """The text of the response. `event: gone` tells the page to ask for the panel instead."""
    # The status comes first: a page made just before the worker took the run still shows it as queued.
    yield COME_AGAIN + line("status", {"status": status, "label": labels[status]})
    try:
        async with aclosing(read(pk, after)) as events:
            async for event in events:
                if event is not None:
                    yield f"id: {event.id}\nevent: {event.name}\ndata: {event.data}\n\n"
                now = await status_after(event, pk)
                if event is None and now in CLOSED:
                    yield line("end", {"status": now})
                    return
                if now and now != status:
                    yield line("status", {"status": now, "label": labels[now]})
                elif event is None:
                    yield QUIET
                status = now or status
    except (RedisError, OSError) as error:
        logger.warning("stream of run %s: the broker does not answer (%s)", pk, type(error).__name__)
        yield line("gone", {})
    except Exception:
        logger.exception("stream of run %s broke", pk)
        yield line("gone", {})


async def status_after(event: StreamEvent | None, pk: int) -> str:
    """What is known of the run's status now; "" where the event says nothing about it."""
    if event is None:
        return await sync_to_async(status_now)(pk)
    return JobStatus.RUNNING if event.name == "restart" else ""


def line(name: str, data: dict[str, str]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
