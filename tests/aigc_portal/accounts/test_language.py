from __future__ import annotations

import pytest
from django.test import Client

from aigc_portal.audit.models import AuditEvent
from tests.cast import Cast


def test_is_kept_with_the_person(cast: Cast) -> None:
    client = cast.client("marketer")
    response = client.post("/language/", {"language": "zh-hans", "next": "/tokens/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/tokens/")
    cast.marketer.refresh_from_db()
    assert cast.marketer.language == "zh-hans"
    assert cast.client("marketer").get("/tokens/").headers["Content-Language"] == "zh-hans"
    event = AuditEvent.objects.about(cast.marketer).get()
    assert (event.action, event.team) == ("user.language_chosen", cast.team)
    assert event.data == {"before": {"language": ""}, "after": {"language": "zh-hans"}}


def test_choosing_the_same_again_is_no_event(cast: Cast) -> None:
    client = cast.client("marketer")
    for _time in range(2):
        client.post("/language/", {"language": "en"})
    assert AuditEvent.objects.about(cast.marketer).count() == 1


def test_follows_the_browser_again(cast: Cast) -> None:
    client = cast.client("marketer")
    client.post("/language/", {"language": "zh-hans"})
    client.post("/language/", {"language": ""})
    assert client.get("/tokens/", headers={"Accept-Language": "en"}).headers["Content-Language"] == "en"


def test_before_sign_in_a_cookie_keeps_it(db: None) -> None:
    client = Client()
    client.post("/language/", {"language": "zh-hans", "next": "/sign-in/login/"})
    page = client.get("/sign-in/login/", headers={"Accept-Language": "en"})
    assert page.headers["Content-Language"] == "zh-hans"


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_leads_only_to_pages_of_the_portal(cast: Cast, following: str) -> None:
    response = cast.client("marketer").post("/language/", {"language": "en", "next": following})
    assert response.headers["Location"] == "/"


def test_refuses_an_unknown_language(cast: Cast) -> None:
    assert cast.client("marketer").post("/language/", {"language": "tlh"}).status_code == 400


def test_only_by_post(cast: Cast) -> None:
    assert cast.client("marketer").get("/language/").status_code == 405
