from __future__ import annotations

import pytest

from aigc_portal.audit.models import AuditEvent
from generation.models import Brief
from tests.cast import Cast
from tests.factories import make_brief
from tests.generation.pages import posted


@pytest.fixture
def brief(cast: Cast) -> Brief:
    return make_brief(cast.marketer, cast.team)


def test_the_form_shows_the_brief_as_it_stands(cast: Cast, brief: Brief) -> None:
    text = cast.client("second_marketer").get(f"/briefs/{brief.pk}/edit/").content.decode()
    assert "Picked in April" in text
    assert '<input type="hidden" name="revision" value="1">' in text


def test_an_edit_is_saved_with_its_event(cast: Cast, brief: Brief) -> None:
    data = posted(revision="1", value_facts="Picked in May")
    response = cast.client("marketer").post(f"/briefs/{brief.pk}/edit/", data)
    brief.refresh_from_db()
    assert response["Location"] == f"/briefs/{brief.pk}/"
    assert (brief.values["facts"], brief.revision) == ("Picked in May", 2)
    event = AuditEvent.objects.get(action="brief.edited")
    assert event.data["before"]["values"]["facts"] == "Picked in April"


def test_a_stale_edit_shows_both_texts_and_saves_nothing(cast: Cast, brief: Brief) -> None:
    address = f"/briefs/{brief.pk}/edit/"
    cast.client("second_marketer").post(address, posted(revision="1", value_facts="Hers"))
    response = cast.client("marketer").post(address, posted(revision="1", value_facts="Mine, long and careful"))
    text = response.content.decode()
    assert response.status_code == 409
    assert "Mine, long and careful" in text
    assert "<mark>Hers</mark>" in text
    assert '<input type="hidden" name="revision" value="2">' in text
    brief.refresh_from_db()
    assert (brief.values["facts"], brief.revision) == ("Hers", 2)


def test_after_a_conflict_the_person_may_replace_what_is_saved(cast: Cast, brief: Brief) -> None:
    address = f"/briefs/{brief.pk}/edit/"
    cast.client("second_marketer").post(address, posted(revision="1", value_facts="Hers"))
    assert cast.client("marketer").post(address, posted(revision="2", value_facts="Mine")).status_code == 302
    brief.refresh_from_db()
    assert brief.values["facts"] == "Mine"


@pytest.mark.parametrize("revision", ["", "0", "x", "99", "9" * 30])
def test_a_missing_or_invented_revision_is_stale(cast: Cast, brief: Brief, revision: str) -> None:
    response = cast.client("marketer").post(f"/briefs/{brief.pk}/edit/", posted(revision=revision, title="Changed"))
    assert response.status_code == 409
    brief.refresh_from_db()
    assert brief.title == "Spring tea"


def test_bad_input_keeps_what_was_typed_and_the_revision(cast: Cast, brief: Brief) -> None:
    response = cast.client("marketer").post(
        f"/briefs/{brief.pk}/edit/", posted(revision="1", title="", value_facts="Kept")
    )
    text = response.content.decode()
    assert response.status_code == 422
    assert "Kept" in text
    assert 'name="revision" value="1"' in text


def test_roles_and_teams(cast: Cast, brief: Brief) -> None:
    address = f"/briefs/{brief.pk}/edit/"
    assert cast.client("reviewer").get(address).status_code == 403
    assert cast.client("reviewer").post(address, posted(revision="1")).status_code == 403
    assert cast.client("outsider").get(address).status_code == 404
    assert cast.client("outsider").post(address, posted(revision="1")).status_code == 404
    assert cast.client("marketer").put(address).status_code == 405
    brief.refresh_from_db()
    assert brief.revision == 1


def test_other_fields_of_the_model_cannot_be_posted(cast: Cast, brief: Brief) -> None:
    data = posted(
        revision="1", author=str(cast.reviewer.pk), team=str(cast.other_team.pk), language="zh", channel="email"
    )
    cast.client("marketer").post(f"/briefs/{brief.pk}/edit/", data)
    brief.refresh_from_db()
    assert (brief.author, brief.team, brief.language, brief.channel) == (cast.marketer, cast.team, "en", "social")
