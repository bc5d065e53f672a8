from __future__ import annotations

import pytest
from django.test import Client

from aigc_portal.audit.models import AuditEvent
from review.actions import saved_filters
from review.models import SavedFilter
from tests.cast import Cast

NEW = "/reviews/filters/new/"


@pytest.fixture
def saved(cast: Cast) -> SavedFilter:
    return SavedFilter.objects.create(user=cast.reviewer, name="Chinese", query="language=zh")


def last_event() -> AuditEvent:
    event = AuditEvent.objects.order_by("-pk").first()
    assert event is not None
    return event


def test_saving_shows_the_filter_as_a_chip(cast: Cast) -> None:
    client = cast.client("reviewer")
    answer = client.post(
        NEW, {"name": "Late", "query": "?due=overdue&state=waiting&nonsense=1&language=xx"}, follow=True
    )
    assert answer.redirect_chain == [("/reviews/?state=waiting&due=overdue", 302)]
    assert [(one.name, is_here) for one, is_here in answer.context["saved"]] == [("Late", True)]
    assert "Saved the filter “Late”." in answer.content.decode()
    event = last_event()
    assert (event.action, event.actor, event.team) == ("savedfilter.created", cast.reviewer, cast.team)
    assert event.data["after"] == {"name": "Late", "query": "state=waiting&due=overdue"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "", "query": "language=zh"}, "This field is required."),
        ({"name": "Chinese", "query": "language=en"}, "You have a filter named “Chinese” already."),
        ({"name": "x" * 61, "query": "language=en"}, "at most 60 characters"),
        ({"name": "All", "query": "nonsense=1"}, "Choose filters on the page of the queue first."),
        ({"name": "All", "query": ""}, "Choose filters on the page of the queue first."),
        ({"name": "All", "query": "q=" + "x" * 1000}, "at most 1000 characters"),
    ],
)
def test_a_filter_that_cannot_be_saved(cast: Cast, saved: SavedFilter, given: dict[str, str], said: str) -> None:
    answer = cast.client("reviewer").post(NEW, given)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in text
    assert f'value="{given["name"]}"' in text or not given["name"]
    assert SavedFilter.objects.count() == 1


def test_there_is_a_limit(cast: Cast, saved: SavedFilter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_filters, "MOST", 1)
    answer = cast.client("reviewer").post(NEW, {"name": "More", "query": "language=en"})
    assert answer.status_code == 422
    assert "Delete one first." in answer.content.decode()


def test_renaming(cast: Cast, saved: SavedFilter) -> None:
    client = cast.client("reviewer")
    SavedFilter.objects.create(user=cast.reviewer, name="Taken", query="language=en")
    SavedFilter.objects.create(user=cast.second_reviewer, name="Theirs", query="language=en")
    address, field = f"/reviews/filters/{saved.pk}/rename/", f"{saved.pk}-name"
    refused = client.post(address, {field: "Taken"})
    assert refused.status_code == 422
    assert "You have a filter named “Taken” already." in refused.content.decode()
    assert client.post(address, {field: ""}).status_code == 422
    answer = client.post(address, {field: "Theirs"}, follow=True)
    assert "Renamed the filter to “Theirs”." in answer.content.decode()
    saved.refresh_from_db()
    assert saved.name == "Theirs"
    assert last_event().data == {"before": {"name": "Chinese"}, "after": {"name": "Theirs"}}


def test_deleting(cast: Cast, saved: SavedFilter) -> None:
    client = cast.client("reviewer")
    assert "data-confirm" in client.get("/reviews/filters/").content.decode()
    answer = client.post(f"/reviews/filters/{saved.pk}/delete/", follow=True)
    assert "Deleted the filter “Chinese”." in answer.content.decode()
    assert "No saved filters" in answer.content.decode()
    assert last_event().action == "savedfilter.deleted"


def test_saved_filters_are_personal(cast: Cast, saved: SavedFilter) -> None:
    for name in ("second_reviewer", "lead", "outsider"):
        client = cast.client(name)
        assert client.get("/reviews/").context["saved"] == []
        assert client.get("/reviews/filters/").context["forms"] == []
        for act in ("rename", "delete"):
            assert client.post(f"/reviews/filters/{saved.pk}/{act}/", {f"{saved.pk}-name": "Mine"}).status_code == 404
    assert SavedFilter.objects.get().name == "Chinese"


@pytest.mark.parametrize("person", ["marketer", "auditor", "engineer", "admin"])
def test_saved_filters_are_for_who_sees_the_queue(cast: Cast, saved: SavedFilter, person: str) -> None:
    client = cast.client(person)
    assert client.get("/reviews/filters/").status_code == 403
    assert client.post(NEW, {"name": "Mine", "query": "language=en"}).status_code == 403
    assert client.post(f"/reviews/filters/{saved.pk}/delete/").status_code == 403


def test_methods(cast: Cast, saved: SavedFilter) -> None:
    client = cast.client("reviewer")
    assert client.post("/reviews/filters/").status_code == 405
    for path in (NEW, f"/reviews/filters/{saved.pk}/rename/", f"/reviews/filters/{saved.pk}/delete/"):
        assert client.get(path).status_code == 405
    assert Client().get("/reviews/filters/").status_code == 302
