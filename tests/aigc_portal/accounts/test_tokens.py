from __future__ import annotations

import re

from django.test import Client

from aigc_portal.accounts.actions import issue_token
from aigc_portal.accounts.models import ApiToken
from aigc_portal.audit.models import AuditEvent
from aigc_portal.idempotency.models import KeptAnswer
from tests.cast import Cast

FORM = {"name": "nightly export", "days": "90"}


def issued_text(client: Client) -> str:
    answer = client.post("/tokens/", FORM)
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r'id="secret">([^<]+)<', answer.content.decode())
    assert found
    return found[1]


def test_empty(cast: Cast) -> None:
    assert "No tokens yet" in cast.client("engineer").get("/tokens/").content.decode()


def test_is_shown_once_and_works(cast: Cast) -> None:
    client = cast.client("engineer")
    text = issued_text(client)
    assert text not in client.get("/tokens/").content.decode()
    assert text not in str(client.session.items())
    token = ApiToken.objects.get()
    assert (token.user, token.name) == (cast.engineer, "nightly export")
    api = Client(headers={"Authorization": f"Bearer {text}"})
    assert api.get("/api/v1/me/").status_code == 200
    event = AuditEvent.objects.about(cast.engineer).get()
    assert (event.action, event.team) == ("token.issued", cast.team)
    assert text not in str(event.data)


def test_a_double_click_issues_one(cast: Cast) -> None:
    """And the kept answer holds no secret, so the second click is told that there was one."""
    client = cast.client("engineer")
    first, second = (client.post("/tokens/", FORM | {"idempotency_key": "k" * 32}) for _click in range(2))
    assert 'id="secret"' in first.content.decode()
    assert second.status_code == 409
    assert "shown only once" in second.content.decode()
    assert ApiToken.objects.count() == 1
    assert bytes(KeptAnswer.objects.get().body) == b""


def test_needs_a_name(cast: Cast) -> None:
    response = cast.client("engineer").post("/tokens/", {"name": " ", "days": "90"})
    assert response.status_code == 422
    assert ApiToken.objects.count() == 0


def test_refuses_a_duration_that_is_not_offered(cast: Cast) -> None:
    assert cast.client("engineer").post("/tokens/", FORM | {"days": "100000"}).status_code == 422


def test_revoked_at_once(cast: Cast) -> None:
    client = cast.client("engineer")
    text = issued_text(client)
    key = ApiToken.objects.get().token_key
    assert client.post(f"/tokens/{key}/revoke/").status_code == 302
    assert Client(headers={"Authorization": f"Bearer {text}"}).get("/api/v1/me/").status_code == 401
    assert [e.action for e in AuditEvent.objects.about(cast.engineer)] == ["token.revoked", "token.issued"]
    assert client.post(f"/tokens/{key}/revoke/").status_code == 404


def test_others_tokens_are_invisible(cast: Cast) -> None:
    token, _text = issue_token(actor=cast.engineer, name="hers")
    client = cast.client("admin")
    assert "hers" not in client.get("/tokens/").content.decode()
    assert client.post(f"/tokens/{token.token_key}/revoke/").status_code == 404
    assert ApiToken.objects.exists()


def test_revoking_is_a_post(cast: Cast) -> None:
    token, _text = issue_token(actor=cast.engineer, name="mine")
    assert cast.client("engineer").get(f"/tokens/{token.token_key}/revoke/").status_code == 405
