"""A running portal, spoken to over its API by one person. Standard library only."""

from __future__ import annotations

import json
import uuid
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_SECONDS = 30.0
direct = build_opener(ProxyHandler({}))


class PortalError(Exception):
    """The portal refused (`status`, `problem`) or could not be reached (`status` 0)."""

    def __init__(self, sentence: str, status: int = 0, problem: dict[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.problem = problem or {}


class PortalClient:
    """`address` is the portal's, as http://127.0.0.1:8000. Paths are relative to /api/v1/."""

    def __init__(self, address: str, email: str, password: str, name: str) -> None:
        self.address = address
        self._token = ""
        issued = self.post("tokens/", {"email": email, "password": password, "name": name, "days": 1})
        self._token = issued["token"]
        self._token_key = issued["key"]

    def sign_out(self) -> None:
        """The token works no longer."""
        self._send("DELETE", f"tokens/{self._token_key}/")

    def get(self, path: str, **query: Any) -> Any:
        return json.loads(self._send("GET", f"{path}?{urlencode(query)}" if query else path))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer's object, or None where there is none. A repeat by the network makes nothing twice."""
        answer = self._send("POST", path, body or {}, {"Idempotency-Key": uuid.uuid4().hex})
        return json.loads(answer) if answer else None

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return json.loads(self._send("PATCH", path, body))

    def download(self, path: str) -> bytes:
        return self._send("GET", path)

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.address}/api/v1/{path}", data, headers or {}, method=method)  # noqa: S310 - http is ours
        request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with direct.open(request, timeout=TIMEOUT_SECONDS) as answer:
                content: bytes = answer.read()
                return content
        except HTTPError as error:
            raise refusal(method, path, error) from None
        except (URLError, OSError, HTTPException) as error:
            raise PortalError(f"The portal at {self.address} does not answer: {error}") from None


def refusal(method: str, path: str, error: HTTPError) -> PortalError:
    try:
        problem = json.loads(error.read())
    except ValueError:
        problem = {}
    more = json.dumps(problem["errors"], ensure_ascii=False) if "errors" in problem else ""
    sentence = f"{method} /api/v1/{path} was refused: {error.code} {problem.get('detail', error.reason)} {more}".strip()
    return PortalError(sentence, error.code, problem)
