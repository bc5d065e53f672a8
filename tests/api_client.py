"""The API as a program sees it: a bearer token and JSON."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from aigc_portal.accounts.actions import issue_token
from aigc_portal.accounts.models import User

ROOT = "/api/v1/"


class Api:
    """Requests of one user, or of nobody. Paths are relative to /api/v1/."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {issue_token(actor=user, name='tests')[1]}"} if user else {}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(ROOT + path, query, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Header names are written with underscores: Idempotency_Key."""
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        data = "" if body is None else json.dumps(body)
        return self.client.generic(method, ROOT + path, data, "application/json", headers=self.headers | given)
