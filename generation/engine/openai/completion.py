"""One text asked of a model server."""

from collections.abc import Callable
from typing import Any

import httpx2

from generation.engine.errors import EngineError, GenerationFault, InvalidRequest, RemoteUnavailable
from generation.engine.openai.link import Link
from generation.engine.openai.protocol import EXTRAS, Busy, Refused, read_chunk
from generation.engine.openai.refusals import meaning
from generation.engine.openai.tally import Progress, Tally

END = "[DONE]"


class Completion:
    """One streamed completion. It is asked for again while nothing of its text has been sent on."""

    def __init__(self, link: Link, body: dict[str, Any]) -> None:
        self._link = link
        self._body = body
        self._begun = False
        self._failed_inside = False

    async def stream(self, send: Callable[[Progress], None]) -> None:
        """Send the text on piece by piece; the last piece has the finish reason. Raises EngineError."""
        try:
            await self._link.persist(lambda: self._ask(send))
        except RemoteUnavailable as error:
            if self._failed_inside:  # the server is there and fails at this text: waiting for it would be in vain
                raise GenerationFault(str(error)) from error
            raise

    async def _ask(self, send: Callable[[Progress], None]) -> None:
        try:
            await self._ask_once(send)
        except InvalidRequest as error:
            unwanted = next((name for name in EXTRAS if name in self._body and name in str(error)), None)
            if unwanted is None:
                raise
            self._body = {name: value for name, value in self._body.items() if name != unwanted}
            await self._ask(send)

    async def _ask_once(self, send: Callable[[Progress], None]) -> None:
        tally = Tally(self._body["max_tokens"])
        trouble: EngineError | Busy = Busy("its answer broke off")
        self._failed_inside = False
        try:
            await self._read(tally, send)
        except httpx2.RequestError as error:
            trouble = self._link.trouble(error)
        except Busy as busy:
            self._failed_inside = True
            trouble = busy
        except Refused as refused:
            body = self._body
            self._failed_inside = refused.status == httpx2.codes.INTERNAL_SERVER_ERROR
            trouble = meaning(refused, url=self._link.url, model=body["model"], max_tokens=body["max_tokens"])
        if tally.finish_reason is not None:
            send(tally.progress("", last=True))
        elif self._begun:
            raise GenerationFault(
                f"The model server at {self._link.url} broke off in the middle of a text: {trouble}. Generate again."
            )
        else:
            raise trouble

    async def _read(self, tally: Tally, send: Callable[[Progress], None]) -> None:
        async with self._link.request("POST", "chat/completions", self._body) as response:
            async for event in httpx2.EventSource(response):
                if event.data.strip() == END:
                    return
                chunk = read_chunk(event.data)
                tally.add(chunk)
                if chunk.text:
                    self._begun = True
                    send(tally.progress(chunk.text))
                if tally.overlong:
                    return
