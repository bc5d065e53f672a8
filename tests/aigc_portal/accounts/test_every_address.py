"""Every address of the portal, walked from the resolver: closed to strangers, guarded against forged posts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.cast import Cast

OPEN = {
    "/health/live",
    "/health/ready",
    "/language/",
    "/sign-in/login/",
    "/sign-in/logout/",
    "/sign-in/inactive/",
    "/sign-in/signup/",
    "/sign-in/password/reset/",
    "/sign-in/password/reset/done/",
    "/sign-in/password/reset/key/done/",
    "/sign-in/password/reset/key/1-x/",
    "/api/v1/docs/",  # how the API looks, without a word of anybody's data
    "/api/v1/schema/",
}
TOKENS = "/api/v1/tokens/"  # a POST is a sign-in, and its answer to an empty one a complaint about the input
STREAM = "/runs/1/stream/"  # closes its connection to the database, which a test's transaction does not survive
POSTS_WITHOUT_SESSION = ("/api/", "/health/")


def addresses(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[str]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + sample(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from addresses(entry, path)
        elif isinstance(entry, URLPattern):
            yield path


def sample(pattern: str) -> str:
    """One address that the pattern matches."""
    pattern = pattern.replace(r"(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)", "1-x")
    pattern = re.sub(r"<int:\w+>", "1", pattern)
    pattern = re.sub(r"<(?:str:|slug:)?\w+>", "x", pattern)
    return pattern.lstrip("^").rstrip("$")


ALL = sorted(set(addresses()))


def test_the_walk_finds_them() -> None:
    assert len(ALL) > 40
    assert {"/", "/briefs/", "/reviews/1/", "/datasets/1/files/x", "/audit/1/", "/teams/1/"} <= set(ALL)
    assert not [path for path in ALL if re.search(r"[<>()?$^]", path)]


@pytest.mark.parametrize("path", ALL)
def test_strangers_see_nothing(db: None, path: str) -> None:
    client = Client()
    for method in ("get", "post"):
        response = getattr(client, method)(path)
        if path in OPEN:
            assert response.status_code < 500
        elif path.startswith("/api/"):
            assert response.status_code in (401, 403, 404, 405) or (path, response.status_code) == (TOKENS, 415)
        else:
            assert response.status_code == 302, path
            assert response.headers["Location"].startswith("/sign-in/login/?next="), path


@pytest.mark.parametrize("path", [path for path in ALL if not path.startswith(POSTS_WITHOUT_SESSION)])
def test_a_forged_post_is_refused(cast: Cast, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(path).status_code == 403


@pytest.mark.parametrize("path", [path for path in ALL if path.startswith("/api/")])
def test_a_forged_post_to_the_api_is_refused(cast: Cast, path: str) -> None:
    """A browser's session is not enough there either."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(path).status_code in (403, 404, 405) or path == TOKENS


@pytest.mark.parametrize(
    "path", [path for path in ALL if path != STREAM and not path.startswith(POSTS_WITHOUT_SESSION)]
)
def test_headers(cast: Cast, path: str) -> None:
    """On every answer, errors included."""
    response = cast.client("admin").get(path)
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe-" not in policy
    assert "default-src 'none'" in policy
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert response.status_code < 500
