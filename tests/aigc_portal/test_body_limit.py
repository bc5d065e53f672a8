"""With a real uvicorn: what counts is what a client on a socket sees."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from aigc_portal.body_limit import BodyLimit, Message

TEN_MB = 10 * 1024 * 1024


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "aigc_portal.asgi:application", "--fd", str(listener.fileno())],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "aigc_portal.settings"},
            pass_fds=[listener.fileno()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        number = listener.getsockname()[1]
        try:
            ask(number, "GET", "/health/live", timeout=30)
            yield number
        finally:
            process.terminate()
            process.wait()


def ask(
    port: int, method: str, path: str, body: object = None, timeout: float = 10, **headers: str
) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers)  # type: ignore[arg-type]
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/api/v1/briefs/", "/sign-in/login/"])
def test_ten_megabytes_are_refused_in_200_ms(port: int, path: str) -> None:
    began = time.monotonic()
    status, kind, body = ask(port, "POST", path, b"x" * TEN_MB)
    took = time.monotonic() - began
    assert status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert kind == "application/problem+json"
    assert json.loads(body)["code"] == "body_too_large"
    assert took < 0.2


def test_the_answer_comes_before_the_body(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"POST /api/v1/briefs/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 413"


def test_a_chunked_body_is_refused_where_it_passes_the_limit(port: int) -> None:
    began = time.monotonic()
    status, _kind, _body = ask(port, "POST", "/api/v1/briefs/", (b"x" * 65536 for _ in range(160)))
    assert status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert time.monotonic() - began < 0.5


def test_who_asks_before_sending_gets_no_leave(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        head = b"POST /api/v1/briefs/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n"
        client.sendall(head + b"Expect: 100-continue\r\n\r\n")
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"100 Continue" not in answer


def test_a_browser_gets_a_page(port: int) -> None:
    status, kind, body = ask(port, "POST", "/briefs/new/", b"x" * TEN_MB, Accept="text/html,*/*;q=0.8")
    assert (status, kind) == (413, "text/html; charset=utf-8")
    assert "Nothing was saved" in body


def test_a_body_within_the_limit_goes_through(port: int) -> None:
    assert ask(port, "POST", "/api/v1/briefs/", b"x" * 2 * 1024 * 1024)[0] == HTTPStatus.UNAUTHORIZED


async def test_an_answer_that_has_begun_is_cut_off_and_not_followed_by_another() -> None:
    sent: list[Message] = []

    async def answer_early(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await receive()  # type: ignore[operator]

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * TEN_MB, "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    await BodyLimit(answer_early)({"type": "http", "headers": []}, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert sent[0]["status"] == HTTPStatus.OK
