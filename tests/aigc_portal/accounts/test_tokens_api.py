from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from aigc_portal.accounts.models import ApiToken
from aigc_portal.audit.models import AuditEvent
from tests.api_client import Api
from tests.cast import PASSWORD, Cast


def sign_in(cast: Cast, **changes: Any) -> Any:
    return Api(None).post("tokens/", {"email": cast.marketer.email, "password": PASSWORD, "name": "laptop"} | changes)


def test_a_password_gives_a_token_that_works(cast: Cast) -> None:
    answer = sign_in(cast, days=7)
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    issued = answer.json()
    caller = Api(None)
    caller.headers = {"Authorization": f"Bearer {issued['token']}"}
    me = caller.get("me/").json()
    assert me["email"] == cast.marketer.email
    assert me["teams"] == [{"id": cast.team.pk, "name": "Tea", "roles": ["marketer"]}]
    kept = ApiToken.objects.get(user=cast.marketer)
    assert issued["token"] not in (kept.digest, kept.token_key)
    assert timezone.now() + timedelta(days=6) < kept.expiry < timezone.now() + timedelta(days=8)
    event = AuditEvent.objects.get(action="token.issued")
    assert issued["token"] not in str(event.data)


@pytest.mark.parametrize("change", [{"password": "wrong"}, {"email": "nobody@example.test"}])
def test_wrong_credentials_are_refused_alike(cast: Cast, change: dict[str, str]) -> None:
    answer = sign_in(cast, **change)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["code"] == "wrong_credentials"
    assert not ApiToken.objects.exists()


def test_an_account_that_is_not_active_gets_none(cast: Cast) -> None:
    cast.marketer.is_active = False
    cast.marketer.save(update_fields=["is_active"])
    assert sign_in(cast).status_code == 401


def test_failed_attempts_lock_the_account_here_and_on_the_page(cast: Cast) -> None:
    for _ in range(5):
        assert sign_in(cast, password="wrong").status_code == 401
    locked = sign_in(cast)
    assert locked.status_code == 429
    assert locked.json()["code"] == "too_many_attempts"
    assert int(locked["Retry-After"]) > 0
    page = Api(None).client.post("/sign-in/login/", {"login": cast.marketer.email, "password": PASSWORD})
    assert page.status_code == 200, "the page shows its form again instead of signing in"
    assert AuditEvent.objects.filter(action="user.sign_in_refused").count() == 5


@pytest.mark.parametrize(
    "change",
    [{"email": "no address"}, {"name": ""}, {"days": 0}, {"days": 366}, {"is_superuser": True}, {"user": 1}],
)
def test_invalid_input_is_refused(cast: Cast, change: dict[str, Any]) -> None:
    answer = sign_in(cast, **change)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(change)


def test_one_sees_and_revokes_ones_own_tokens_only(cast: Cast) -> None:
    mine, other = Api(cast.marketer), Api(cast.second_marketer)
    listed = mine.get("tokens/").json()
    assert [token["name"] for token in listed] == ["tests"]
    assert "token" not in listed[0]
    assert "digest" not in listed[0]
    assert other.send("DELETE", f"tokens/{listed[0]['key']}/").status_code == 404
    assert mine.send("DELETE", f"tokens/{listed[0]['key']}/").status_code == 204
    assert mine.get("me/").status_code == 401
    assert AuditEvent.objects.filter(action="token.revoked", actor=cast.marketer).count() == 1


def test_an_expired_token_does_not_work(cast: Cast) -> None:
    caller = Api(cast.marketer)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    answer = caller.get("me/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer nothing", "Bearer \xff\xfe", "Basic abc", ""])
def test_a_header_that_makes_no_sense_is_401(db: None, header: str) -> None:
    caller = Api(None)
    caller.headers = {"Authorization": header}
    assert caller.get("me/").status_code == 401


def test_a_repeat_with_the_same_key_keeps_no_token(cast: Cast) -> None:
    """Even for somebody who is signed in already: the answer is a secret."""
    caller = Api(cast.marketer)
    body = {"email": cast.marketer.email, "password": PASSWORD, "name": "again"}
    assert caller.post("tokens/", body, Idempotency_Key="one").status_code == 201
    repeat = caller.post("tokens/", body, Idempotency_Key="one")
    assert repeat.status_code == 409
    assert repeat.json()["code"] == "answer_not_kept"
    assert ApiToken.objects.filter(name="again").count() == 1
