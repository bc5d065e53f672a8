"""A download as an HTTP answer, for the pages and the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from review.datasets.downloads import Download


def attachment(request: HttpRequest, taken: Download) -> StreamingHttpResponse:
    """Streamed, so that the memory does not grow with the size."""
    blocks = off_thread(taken.blocks) if isinstance(request, ASGIRequest) else taken.blocks
    response = StreamingHttpResponse(blocks, content_type=taken.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{taken.filename}"'
    if taken.size is not None:
        response.headers["Content-Length"] = str(taken.size)
    return response


async def off_thread(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    while block := await asyncio.to_thread(next, blocks, b""):
        yield block
