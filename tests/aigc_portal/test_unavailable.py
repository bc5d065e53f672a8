"""A database that does not answer, or a pool without a free connection: 503 wherever it is first missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError
from django.test import AsyncClient
from psycopg_pool import PoolTimeout

from aigc_portal.accounts.models import User
from aigc_portal.idempotency.models import KeptAnswer
from tests.cast import Cast

ERRORS = [OperationalError, InterfaceError, PoolTimeout]
PLACES = {
    "the session": (SessionStore, "load"),
    "the key of a repeat": (KeptAnswer.objects, "create"),
    "a view": (User, "memberships"),
}


@pytest.fixture(params=PLACES)
def send(request: pytest.FixtureRequest, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Sends to the path while the database fails in one place."""
    client = cast.client("marketer")
    client.raise_request_exception = False
    owner, name = PLACES[request.param]
    method = "POST" if owner is KeptAnswer.objects else "GET"

    def send(path: str, error: type[Exception]) -> Any:
        def broken(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(owner, name, property(broken) if owner is User else broken)
        return client.generic(method, path, headers={"Idempotency-Key": "one", "Accept-Language": "zh-hans"})

    return send


@pytest.mark.parametrize("error", ERRORS)
def test_a_page(send: Callable[..., Any], error: type[Exception]) -> None:
    answer = send("/briefs/new/", error)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer["Content-Type"].startswith("text/html")
    assert 'lang="zh-hans"' in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_in_the_server_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the view's exception meets its handler in another thread."""

    def broken(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(User, "memberships", property(broken))
    client = AsyncClient(raise_request_exception=False)
    client.force_login(cast.marketer, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert async_to_sync(client.get)("/briefs/").status_code == 503
    assert async_to_sync(client.get)("/api/v1/me/")["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("error", ERRORS)
def test_the_api(send: Callable[..., Any], error: type[Exception]) -> None:
    answer = send("/api/v1/me/", error)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"
