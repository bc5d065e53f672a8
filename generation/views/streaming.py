"""A run's text while it is written, as server-sent events. Every stream ends by itself, and none raises."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language, override
from django.views.decorators.http import require_GET
from redis.exceptions import RedisError

from aigc_portal.accounts.access import get_visible, signed_in
from aigc_portal.jobs.models import JobStatus
from generation.models import GenerationRun
from generation.queue_place import place_of
from generation.run_stream import StreamEvent, read
from generation.waiting_words import place_words

logger = logging.getLogger(__name__)

RUNS = GenerationRun.objects.defer("messages", "decoding", "versions")  # asked for again and again
EVENT_ID = re.compile(r"\d{1,19}-\d{1,19}")
CLOSED = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)
COME_AGAIN = "retry: 2000\n\n"
QUIET = ": quiet\n\n"


@dataclass(frozen=True)
class Now:
    """How a run stands: its status ("" where the database does not answer) and, while it waits, its place."""

    status: str = ""
    place: dict[str, Any] | None = None


@require_GET
async def stream(request: HttpRequest, pk: int) -> HttpResponseBase:
    """From the first event, or after `Last-Event-ID`. No database connection is held while it streams."""
    now = await sync_to_async(now_for_visitor)(request, pk)
    given = request.headers.get("Last-Event-ID", "")
    labels = {str(value): str(label) for value, label in JobStatus.choices}
    return StreamingHttpResponse(
        lines(pk, given if EVENT_ID.fullmatch(given) else "", now, labels, get_language() or ""),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store, private", "X-Accel-Buffering": "no"},
    )


def now_for_visitor(request: HttpRequest, pk: int) -> Now:
    """How the run stands; Http404 outside the team."""
    try:
        return now_of(get_visible(RUNS, signed_in(request), pk), get_language() or "")
    finally:
        close_old_connections()


def look(pk: int, language: str) -> Now:
    """How the run stands now; where the database does not answer, the next quiet moment asks again."""
    try:
        return now_of(RUNS.get(pk=pk), language)
    except DatabaseError:
        return Now()
    finally:
        close_old_connections()


def now_of(run: GenerationRun, language: str) -> Now:
    place = place_of(run)
    if place is None:
        return Now(run.status)
    with override(language):
        return Now(run.status, {"ahead": place.ahead, "seconds": place.seconds, "text": place_words(place)})


async def lines(pk: int, after: str, now: Now, labels: dict[str, str], language: str) -> AsyncIterator[str]:
    """The text of the response. `event: gone` tells the page to ask for the panel instead."""
    # The status comes first: a page made just before the worker took the run still shows it as queued.
    status = now.status
    yield COME_AGAIN + line("status", {"status": status, "label": labels[status]})
    try:
        if now.place:
            yield line("place", now.place)
        async with aclosing(read(pk, after)) as events:
            async for event in events:
                if event is not None:
                    yield f"id: {event.id}\nevent: {event.name}\ndata: {event.data}\n\n"
                now = await now_after(event, pk, language)
                if event is None and now.status in CLOSED:
                    yield line("end", {"status": now.status})
                    return
                if now.status and now.status != status:
                    yield line("status", {"status": now.status, "label": labels[now.status]})
                elif event is None and not now.place:
                    yield QUIET
                if now.place:
                    yield line("place", now.place)
                status = now.status or status
    except (RedisError, OSError) as error:
        logger.warning("stream of run %s: the broker does not answer (%s)", pk, type(error).__name__)
        yield line("gone", {})
    except Exception:
        logger.exception("stream of run %s broke", pk)
        yield line("gone", {})


async def now_after(event: StreamEvent | None, pk: int, language: str) -> Now:
    """What is known of the run now; nothing where the event says nothing about it."""
    if event is None:
        return await sync_to_async(look)(pk, language)
    return Now(JobStatus.RUNNING if event.name == "restart" else "")


def line(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
