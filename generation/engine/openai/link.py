"""The way to a model server: one address, one key, and how often to try."""

import asyncio
import email.utils
import itertools
import math
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import httpx2

from generation.engine.errors import ModelUnavailable, RemoteUnavailable
from generation.engine.openai.protocol import Busy, Refused

T = TypeVar("T")

LONGEST_WAIT_SECONDS = 120.0
LARGEST_BODY = 1024 * 1024


class Link:
    """Connections to `url`, at most `concurrency` at once; more wait their turn.

    Each request has a connection of its own, closed after it: making one costs nothing beside a text, and one that was
    kept would fail whenever the server was started anew. The key goes to this address and nowhere else: no redirect is
    followed, and no proxy or password is taken from the environment. TLS trusts what the system trusts.
    """

    def __init__(
        self, *, url: str, api_key: str, timeout_seconds: float, retries: int, backoff_seconds: float, concurrency: int
    ) -> None:
        self.url = checked_address(url)
        self._retries = retries
        self._backoff_seconds = backoff_seconds
        self._timeout_seconds = timeout_seconds
        self._client = httpx2.AsyncClient(
            base_url=self.url,
            headers={"Accept-Encoding": "identity"} | bearer(api_key),
            timeout=httpx2.Timeout(timeout_seconds, pool=None),
            limits=httpx2.Limits(max_connections=concurrency, max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    async def persist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try until something else than Busy comes of it. Raises RemoteUnavailable after the last try.

        The waits double, and are at least as long as the server asks for (Retry-After). One that asks for more than two
        minutes is not asked again.
        """
        for tries in itertools.count(1):
            try:
                return await attempt()
            except Busy as busy:
                backoff = self._backoff_seconds * 2.0 ** (tries - 1) * random.uniform(0.75, 1)  # noqa: S311
                wait = max(backoff, busy.retry_after)
                if tries > self._retries or wait > LONGEST_WAIT_SECONDS:
                    raise RemoteUnavailable(
                        f"The model server at {self.url} cannot be used now (tries: {tries}): {busy}. "
                        "Check that it runs, then try again."
                    ) from busy
            await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def request(self, method: str, path: str, body: object = None) -> AsyncIterator[httpx2.Response]:
        """Yield the answer, to be read as it comes. Raises Refused for one that is not 200, or RequestError."""
        async with self._client.stream(method, path, json=body) as response:
            if response.status_code != httpx2.codes.OK:
                wait = retry_after(response.headers.get("retry-after", ""))
                raise Refused(response.status_code, await text_of(response), retry_after=wait)
            yield response

    def trouble(self, error: httpx2.RequestError) -> Busy:
        """Return what a failed connection means."""
        if isinstance(error, httpx2.TimeoutException):
            return Busy(f"it was silent for {self._timeout_seconds:g} seconds")
        if isinstance(error, httpx2.ConnectError):
            return Busy("no connection could be made")
        return Busy(f"the connection failed ({type(error).__name__})")


def retry_after(value: str) -> float:
    """Return how many seconds the header asks to wait (RFC 9110, 10.2.3), 0 where it does not say."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return 0.0
    return 0.0 if math.isnan(seconds) else max(0.0, seconds)


def checked_address(url: str) -> str:
    """Return the address without a slash at its end. Raises ModelUnavailable where it is none."""
    try:
        address = httpx2.URL(url)
        sound = address.scheme in ("http", "https") and address.host and not address.userinfo and not address.query
    except httpx2.InvalidURL:
        sound = False
    if not sound:
        raise ModelUnavailable(
            "The address of the model server must look like http://gpu1:8000/v1; the key has a setting of its own."
        )
    return url.rstrip("/")


def bearer(api_key: str) -> dict[str, str]:
    """Return the header that shows the key, or none. Raises ModelUnavailable where no header can hold it."""
    key = api_key.strip()
    if not (key.isascii() and key.isprintable()):
        raise ModelUnavailable("The key of the model server holds characters that no key can have; set it again.")
    return {"Authorization": f"Bearer {key}"} if key else {}


async def text_of(response: httpx2.Response) -> str:
    """Read the body, a mebibyte at most."""
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > LARGEST_BODY:
            break
    return body.decode(errors="replace")
