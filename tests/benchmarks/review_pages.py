"""The portal's web program on a port of its own, and people who read its pages."""

import html
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import quote, urlencode

from django.test import Client

from aigc_portal.accounts.models import User
from tests.benchmarks.review_server import PROCESSOR_MS, SERVER_MS

QUEUE = "/reviews/"
START_SECONDS = 60
NEXT = re.compile(r'rel="next"[^>]*href="([^"]+)"|href="([^"]+)"[^>]*rel="next"')
ROW = "data-step-to"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: the server's own milliseconds, those in which its processor worked, and the text."""

    milliseconds: float
    work: float
    text: str

    @property
    def rows(self) -> int:
        """Return how many reviews it lists."""
        return self.text.count(ROW)

    @property
    def next(self) -> str:
        """Return the address of the next page; "" on the last one."""
        found = NEXT.search(self.text)
        return html.unescape(found[1] or found[2]) if found else ""


class Reader:
    """One signed-in person with one connection that stays open."""

    def __init__(self, port: int, user: User, language: str = "en") -> None:
        """Sign the person in past the sign-in page."""
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        self.headers = {"Cookie": cookies, "Accept-Language": language}
        self.connection = HTTPConnection("127.0.0.1", port, timeout=120)

    def get(self, address: str) -> Page:
        """Return the page; ConnectionError where it is none."""
        self.connection.request("GET", address, headers=self.headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise ConnectionError(f"{address} answered {answer.status}")
        return Page(float(answer.headers[SERVER_MS]), float(answer.headers[PROCESSOR_MS]), text)

    def leaf(self, address: str, pages: int) -> Iterator[Page]:
        """Yield page after page, at most so many."""
        for _ in range(pages):
            page = self.get(address)
            yield page
            address = page.next
            if not address:
                return


def queue(**chosen: str) -> str:
    """Return the address of the queue with these filters."""
    return QUEUE + (f"?{urlencode(chosen, quote_via=quote)}" if chosen else "")


@contextmanager
def web_program() -> Iterator[int]:
    """Start the web program as production does, with one process, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        command = (sys.executable, "-m", "uvicorn", "tests.benchmarks.review_server:application")
        options = ("--fd", str(listener.fileno()), "--no-access-log", "--lifespan", "off", "--log-level", "warning")
        process = subprocess.Popen([*command, *options], pass_fds=[listener.fileno()])
        try:
            deadline = time.monotonic() + START_SECONDS
            while not answers(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the web program did not start")
                time.sleep(0.2)
            yield port
        finally:
            process.terminate()
            process.wait(20)


def answers(port: int) -> bool:
    """Return whether somebody serves there."""
    try:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except OSError:
        return False
