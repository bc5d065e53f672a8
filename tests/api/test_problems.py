"""Every refusal of the API is a problem in JSON, with a stable code and a sentence in the reader's language."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (problem["type"], problem["status"], problem["code"]) == ("about:blank", status, code)
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v2/", "/api/v1/", "/api/v1/nothing/", "/api/v1/briefs", "/api/v1/x.php"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_404_for_an_unknown_address(cast: Cast, path: str, method: str) -> None:
    client = Client(headers=Api(cast.marketer).headers)
    check(client.generic(method, path), 404, "not_found")


def test_404_for_an_object_that_is_not_there(cast: Cast) -> None:
    for pk in (0, 987654321, 10**40):
        check(Api(cast.marketer).get(f"briefs/{pk}/"), 404, "not_found")


def test_401_says_how_to_sign_in(db: None) -> None:
    answer = Api(None).get("briefs/")
    check(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_401_for_a_wrong_token(db: None) -> None:
    caller = Api(None)
    caller.headers = {"Authorization": "Bearer aigc_nothing"}
    check(caller.get("briefs/"), 401, "authentication_failed")


def test_403_without_the_role(cast: Cast) -> None:
    check(Api(cast.auditor).post("reviews/next/"), 403, "permission_denied")


def test_405(cast: Cast) -> None:
    answer = Api(cast.marketer).send("PUT", "briefs/", {})
    check(answer, 405, "method_not_allowed")
    assert "POST" in answer["Allow"]


def test_406(cast: Cast) -> None:
    caller = Api(cast.marketer)
    caller.headers["Accept"] = "text/html"
    check(caller.get("briefs/"), 406, "not_acceptable")


def test_the_browsable_api_is_off(cast: Cast) -> None:
    caller = Api(cast.marketer)
    caller.headers["Accept"] = "text/html,*/*"
    assert caller.get("briefs/")["Content-Type"] == "application/json"


def test_415(cast: Cast) -> None:
    client = Client(headers=Api(cast.marketer).headers)
    check(client.post("/api/v1/briefs/", {"title": "x"}), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b'{"title": "\\ud800"}', b'{"\\udc00": 1}', b"[" * 100_000, b'{"n": ' + b"9" * 5000 + b"}", b"NaN"],
    ids=["cut", "no UTF-8", "surrogate", "surrogate name", "nested", "long number", "NaN"],
)
def test_400_for_what_is_no_json(cast: Cast, body: bytes) -> None:
    client = Client(headers=Api(cast.marketer).headers)
    check(client.post("/api/v1/briefs/", body, content_type="application/json"), 400, "parse_error")


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "null"])
def test_400_for_json_that_is_no_object(cast: Cast, body: str) -> None:
    client = Client(headers=Api(cast.marketer).headers)
    check(client.post("/api/v1/briefs/", body, content_type="application/json"), 400, "invalid_input")


def test_400_names_the_fields(cast: Cast) -> None:
    problem = check(Api(cast.marketer).post("briefs/", {"title": "x" * 201, "oddity": 1}), 400, "invalid_input")
    assert set(problem["errors"]) == {"prompt", "title", "values", "oddity"}


def test_409_shows_the_object_as_it_is_now(cast: Cast) -> None:
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)), claimed_by=cast.reviewer)
    problem = check(Api(cast.marketer).post(f"reviews/{review.pk}/withdraw/"), 409, "stale_state")
    assert problem["current_status"] == problem["current"]["status"] == "IN_REVIEW"


def test_500_is_a_problem_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("generation.api.briefs.Briefs.list", broken)
    answer = Api(cast.marketer).get("briefs/")
    check(answer, 500, "internal_error")
    assert b"secret" not in answer.content
    assert answer["X-Request-ID"]


def test_503_without_a_database(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("generation.api.briefs.Briefs.list", gone)
    answer = Api(cast.marketer).get("briefs/")
    check(answer, 503, "unavailable")
    assert answer["Retry-After"]


def test_a_host_that_is_not_ours(db: None) -> None:
    check(Client(headers={"Host": "evil.example"}).get("/api/v1/briefs/"), 400, "bad_request")


def test_sentences_follow_accept_language_and_codes_do_not(cast: Cast) -> None:
    caller = Api(cast.marketer)
    caller.headers["Accept-Language"] = "zh-CN,zh;q=0.9"
    answer = caller.send("PUT", "briefs/", {})
    problem = check(answer, 405, "method_not_allowed")
    assert answer["Content-Language"] == "zh-hans"
    assert CHINESE.search(problem["detail"])


def test_a_session_writes_with_the_csrf_token_only(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.marketer, backend="allauth.account.auth_backends.AuthenticationBackend")
    path, body = f"/api/v1/briefs/{make_brief(cast.marketer, cast.team).pk}/runs/", json.dumps({})
    check(browser.post(path, body, "application/json"), 403, "csrf_failed")
    browser.get("/api/v1/docs/?script=")
    token = browser.cookies["csrftoken"].value
    answer = browser.post(path, body, "application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 201, answer.content


def test_no_cache_keeps_answers(cast: Cast) -> None:
    assert "no-store" in Api(cast.marketer).get("briefs/")["Cache-Control"]
