"""A model server on loopback that speaks the OpenAI protocol over real sockets, and misbehaves when told to."""

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

MODEL = "tiny-chat"
VLLM_CARD: dict[str, Any] = {"id": MODEL, "object": "model", "owned_by": "vllm", "root": "/models/tiny"}
WORDS = ("Fresh", " and", " bright", " every", " morning.")


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float


class ModelServer:
    """Answers each chat completion with the next of `answers`, and with WORDS once there are none left."""

    def __init__(self) -> None:
        self.cards: list[dict[str, Any]] = [VLLM_CARD]
        self.card_answers: deque[Answer] = deque()
        self.answers: deque[Answer] = deque()
        self.asked: list[Asked] = []
        self.hung_up = threading.Semaphore(0)  # released for each client that went away in the middle of an answer
        self._lock = threading.Lock()
        self._http = QuietServer(("127.0.0.1", 0), handler_for(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The chat completions asked for."""
        return [asked.body for asked in self.asked if asked.path.endswith("/chat/completions")]

    def next_answer(self) -> "Answer":
        with self._lock:
            return self.answers.popleft() if self.answers else completion()


class QuietServer(ThreadingHTTPServer):
    """A client that goes away is what these tests are about, and nothing to print."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class Exchange(BaseHTTPRequestHandler):
    """One request and what the answers may do with it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # each write a packet of its own
    model_server: ModelServer
    asked: Asked

    def do_GET(self) -> None:
        self.note({})
        if self.model_server.card_answers:
            self.model_server.card_answers.popleft()(self)
        else:
            self.whole(200, json.dumps({"object": "list", "data": self.model_server.cards}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.note(body)
        try:
            self.model_server.next_answer()(self)
        except (BrokenPipeError, ConnectionResetError):
            self.model_server.hung_up.release()

    def note(self, body: dict[str, Any]) -> None:
        self.close_connection = True
        self.asked = Asked(self.path, dict(self.headers), body, time.monotonic())
        self.model_server.asked.append(self.asked)

    def whole(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        """Answer in one piece."""
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self, content_type: str = "text/event-stream; charset=utf-8") -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def write(self, data: bytes) -> None:
        """Send one chunk of a stream; no data ends it."""
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def wait_for_hang_up(self) -> None:
        """Stay silent until the client goes away; 5 seconds at most, so that no test hangs."""
        self.connection.settimeout(5)
        with suppress(TimeoutError):
            self.connection.recv(1)
        raise ConnectionResetError

    def log_message(self, format: str, *args: object) -> None:
        pass


Answer = Callable[[Exchange], None]


def handler_for(server: ModelServer) -> type[Exchange]:
    return type("BoundExchange", (Exchange,), {"model_server": server})


def event(data: object) -> bytes:
    """One server-sent event."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def piece(text: str, *, logprobs: Iterable[float] = (), finish: str | None = None) -> dict[str, Any]:
    """One chunk of a chat completion."""
    choice: dict[str, Any] = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    if content := [{"token": "?", "logprob": logprob, "top_logprobs": []} for logprob in logprobs]:
        choice["logprobs"] = {"content": content}
    return {"object": "chat.completion.chunk", "choices": [choice]}


def completion(
    words: Iterable[str] = WORDS,
    *,
    finish: str = "stop",
    logprob: float | None = None,
    usage: tuple[int, int] | None = None,
    packet: int | None = None,
) -> Answer:
    """A sound answer; `usage` are tokens of prompt and text, `packet` the bytes sent at once."""
    role = piece("")
    role["choices"][0]["delta"]["role"] = "assistant"
    logprobs = () if logprob is None else (logprob,)
    chunks = [role, *(piece(word, logprobs=logprobs) for word in words), piece("", finish=finish)]
    if usage is not None:
        chunks.append({"choices": [], "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1]}})
    data = [event(chunk) for chunk in chunks] + [event("[DONE]")]
    if packet is not None:
        joined = b"".join(data)
        data = [joined[start : start + packet] for start in range(0, len(joined), packet)]
    return stream(*data, b"")


def stream(*data: bytes) -> Answer:
    """These bytes as they are; without b"" at the end the connection is cut."""

    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        for chunk in data:
            exchange.write(chunk)

    return answer


def refusal(status: int, message: str = "", *, headers: dict[str, str] | None = None, **fields: object) -> Answer:
    """An error in the words of the protocol."""
    body = json.dumps({"error": {"message": message, "code": status, **fields}})
    return lambda exchange: exchange.whole(status, body, headers)


def endless(*, pause: float = 0.005) -> Answer:
    """Words until the client goes away."""

    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        while True:
            exchange.write(event(piece(" more")))
            time.sleep(pause)

    return answer


def silent(*before: bytes) -> Answer:
    """Nothing at all, or nothing after these bytes of a stream."""

    def answer(exchange: Exchange) -> None:
        if before:
            stream(*before)(exchange)
        exchange.wait_for_hang_up()

    return answer


def reset(exchange: Exchange) -> None:
    """Break the connection off (RST) before any answer."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()
