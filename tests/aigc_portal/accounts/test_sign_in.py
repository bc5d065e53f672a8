"""Sign-in as it is: the installed django-allauth behind the portal's own adapter."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from aigc_portal.accounts.models import User
from aigc_portal.audit.models import AuditEvent
from tests.cast import PASSWORD, Cast

LOGIN = "/sign-in/login/"
NEW_PASSWORD = "another horse staple"


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: str) -> int:
    address = extra.pop("address", "127.0.0.1")
    response = client.post(LOGIN, {"login": email, "password": password, **extra}, REMOTE_ADDR=address)
    return response.status_code


def actions_about(user: User) -> list[str]:
    return [event.action for event in AuditEvent.objects.about(user).order_by("pk")]


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_signs_in_by_password(cast: Cast) -> None:
    client = Client()
    response = client.post(LOGIN, {"login": "Marketer@Example.TEST", "password": PASSWORD})
    assert response.status_code == 302
    assert response.headers["Location"] == "/"
    assert is_signed_in(client)
    event = AuditEvent.objects.about(cast.marketer).get()
    assert (event.action, event.actor, event.team) == ("user.signed_in", cast.marketer, cast.team)
    assert event.ip == "127.0.0.1"


def test_refuses_a_wrong_password(cast: Cast) -> None:
    client = Client()
    response = client.post(LOGIN, {"login": cast.marketer.email, "password": "wrong"})
    assert response.status_code == 200
    assert "is wrong" in response.content.decode()
    assert not is_signed_in(client)
    event = AuditEvent.objects.about(cast.marketer).get()
    assert (event.action, event.actor, event.team) == ("user.sign_in_refused", None, cast.team)


def test_says_the_same_of_an_unknown_address(cast: Cast) -> None:
    client = Client()
    known = client.post(LOGIN, {"login": cast.marketer.email, "password": "wrong"})
    unknown = client.post(LOGIN, {"login": "nobody@example.test", "password": "wrong"})
    shown = [re.findall(r'class="notice-body">(.*?)</div>', page.content.decode(), re.S) for page in (known, unknown)]
    assert shown[0] == shown[1] != []


def test_refuses_an_account_that_is_switched_off(cast: Cast) -> None:
    User.objects.filter(pk=cast.marketer.pk).update(is_active=False)
    client = Client()
    assert sign_in(client, cast.marketer.email) == 302
    assert not is_signed_in(client)
    assert client.get("/sign-in/inactive/").status_code == 200


class TestLockOut:
    def test_five_failures_lock_the_account_for_that_address(self, cast: Cast) -> None:
        client = Client()
        for _attempt in range(5):
            sign_in(client, cast.marketer.email, "wrong")
        response = client.post(LOGIN, {"login": cast.marketer.email, "password": PASSWORD})
        assert "Wait five minutes" in response.content.decode()
        assert not is_signed_in(client)
        assert actions_about(cast.marketer) == ["user.sign_in_refused"] * 5 + ["user.sign_in_locked"]

    def test_the_same_account_from_elsewhere_is_not_locked(self, cast: Cast) -> None:
        for _attempt in range(5):
            sign_in(Client(), cast.marketer.email, "wrong", address="192.0.2.7")
        client = Client()
        assert sign_in(client, cast.marketer.email) == 302
        assert is_signed_in(client)

    def test_another_account_from_the_same_address_is_not_locked(self, cast: Cast) -> None:
        for _attempt in range(5):
            sign_in(Client(), cast.marketer.email, "wrong")
        client = Client()
        sign_in(client, cast.reviewer.email)
        assert is_signed_in(client)

    def test_a_success_between_failures_does_not_reset_the_count(self, cast: Cast) -> None:
        for _attempt in range(4):
            sign_in(Client(), cast.marketer.email, "wrong")
        sign_in(Client(), cast.marketer.email)
        sign_in(Client(), cast.marketer.email, "wrong")
        client = Client()
        sign_in(client, cast.marketer.email)
        assert not is_signed_in(client)

    def test_case_does_not_help(self, cast: Cast) -> None:
        for attempt in range(5):
            email = cast.marketer.email.upper() if attempt % 2 else cast.marketer.email
            sign_in(Client(), email, "wrong")
        client = Client()
        sign_in(client, cast.marketer.email)
        assert not is_signed_in(client)

    def test_one_address_trying_many_accounts_is_locked(self, cast: Cast) -> None:
        for number in range(20):
            sign_in(Client(), f"person{number}@example.test", "wrong")
        client = Client()
        sign_in(client, cast.marketer.email)
        assert not is_signed_in(client)


def test_the_session_key_changes_at_sign_in(cast: Cast) -> None:
    client = Client()
    client.get(LOGIN)
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["sessionid"] = planted = str(session.session_key)
    sign_in(client, cast.marketer.email)
    assert is_signed_in(client)
    assert client.session.session_key != planted
    assert not client.session.exists(planted)


@pytest.mark.parametrize(
    ("following", "leads_to"),
    [
        ("/briefs/", "/briefs/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("https:evil.example", "/"),
        ("\\\\evil.example", "/"),
    ],
)
def test_leads_only_to_pages_of_the_portal(cast: Cast, following: str, leads_to: str) -> None:
    response = Client().post(LOGIN, {"login": cast.marketer.email, "password": PASSWORD, "next": following})
    assert response.headers["Location"] == leads_to


class TestSignOut:
    def test_by_post(self, cast: Cast) -> None:
        client = cast.client("marketer")
        assert client.post("/sign-in/logout/").status_code == 302
        assert not is_signed_in(client)
        assert actions_about(cast.marketer) == ["user.signed_out"]

    def test_not_by_get(self, cast: Cast) -> None:
        client = cast.client("marketer")
        assert client.get("/sign-in/logout/").status_code == 200
        assert is_signed_in(client)


class TestPasswordChange:
    def change(self, client: Client, old: str = PASSWORD, new: str = NEW_PASSWORD) -> int:
        fields = {"oldpassword": old, "password1": new, "password2": new}
        return client.post("/sign-in/password/change/", fields).status_code

    def test_works_and_ends_other_sessions(self, cast: Cast) -> None:
        client, elsewhere = cast.client("marketer"), cast.client("marketer")
        assert self.change(client) == 302
        assert client.get("/").status_code == 302
        assert is_signed_in(client)
        assert elsewhere.get("/").headers["Location"].startswith(LOGIN)
        cast.marketer.refresh_from_db()
        assert cast.marketer.check_password(NEW_PASSWORD)
        assert actions_about(cast.marketer) == ["user.password_changed"]

    def test_needs_the_old_password(self, cast: Cast) -> None:
        assert self.change(cast.client("marketer"), old="wrong") == 200
        assert actions_about(cast.marketer) == []

    @pytest.mark.parametrize("weak", ["short", "password123", "marketer@example.test"])
    def test_refuses_weak_passwords(self, cast: Cast, weak: str) -> None:
        assert self.change(cast.client("marketer"), new=weak) == 200
        cast.marketer.refresh_from_db()
        assert cast.marketer.check_password(PASSWORD)


class TestPasswordReset:
    def test_by_mail(self, cast: Cast) -> None:
        client = Client()
        assert client.get("/sign-in/password/reset/").status_code == 200
        assert client.post("/sign-in/password/reset/", {"email": cast.marketer.email}).status_code == 302
        assert client.get("/sign-in/password/reset/done/").status_code == 200
        [link] = re.findall(r"http://testserver(/sign-in/password/reset/key/\S+)", str(mail.outbox[0].body))
        page = client.get(link, follow=True)
        address = page.redirect_chain[-1][0]
        answer = client.post(address, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True)
        assert answer.redirect_chain[-1][0] == reverse("account_reset_password_from_key_done")
        cast.marketer.refresh_from_db()
        assert cast.marketer.check_password(NEW_PASSWORD)
        assert actions_about(cast.marketer) == ["user.password_changed"]
        assert "used already" in Client().get(link).content.decode()

    def test_says_the_same_of_an_unknown_address_and_writes_to_nobody(self, cast: Cast) -> None:
        response = Client().post("/sign-in/password/reset/", {"email": "nobody@example.test"})
        assert response.headers["Location"] == "/sign-in/password/reset/done/"
        assert mail.outbox == []


def test_nobody_signs_up(cast: Cast) -> None:
    client = Client()
    assert "made by an administrator" in client.get("/sign-in/signup/").content.decode()
    client.post("/sign-in/signup/", {"email": "new@example.test", "password1": NEW_PASSWORD})
    assert not User.objects.filter(email="new@example.test").exists()


def test_addresses_are_an_admins_matter(cast: Cast) -> None:
    assert cast.client("marketer").get("/sign-in/email/").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("path", ["login/", "password/reset/", "password/reset/done/", "signup/", "inactive/"])
def test_pages_before_sign_in_render(db: None, path: str, language: str) -> None:
    response = Client(headers={"Accept-Language": language}).get(f"/sign-in/{path}")
    assert response.status_code == 200
    assert response.headers["Content-Language"] == language


def test_nothing_secret_is_in_the_log(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    sign_in(Client(), cast.marketer.email, "a wrong secret")
    sign_in(Client(), cast.marketer.email)
    assert "secret" not in caplog.text
    assert PASSWORD not in caplog.text
