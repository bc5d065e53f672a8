from __future__ import annotations

from typing import Any

import pytest

from aigc_portal.audit.models import AuditEvent
from generation.models import Brief
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import VALUES, make_brief, make_prompt


def written(cast: Cast, **changes: Any) -> Any:
    body = {"prompt": make_prompt(cast.team).prompt_id, "title": "Spring", "values": VALUES}
    return Api(cast.marketer).post("briefs/", body | changes)


def test_a_brief_is_written_and_read(cast: Cast) -> None:
    answer = written(cast)
    assert answer.status_code == 201
    brief = answer.json()
    assert answer["Location"] == f"/api/v1/briefs/{brief['id']}/"
    assert brief["values"] == VALUES | {"audience": "", "hashtag": ""}
    assert (brief["channel"], brief["language"], brief["revision"]) == ("social", "en", 1)
    assert brief["author"] == {"id": cast.marketer.pk, "name": "Marketer"}
    assert Api(cast.engineer).get(f"briefs/{brief['id']}/").json() == brief
    assert AuditEvent.objects.get(action="brief.created").target_id == str(brief["id"])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"title": ""}, ["title"]),
        ({"title": "x" * 201}, ["title"]),
        ({"title": "a\x00b"}, ["title"]),
        ({"values": {}}, ["values", "topic"]),
        ({"values": VALUES | {"colour": "red"}}, ["values", "colour"]),
        ({"values": VALUES | {"tone": "shouting"}}, ["values", "tone"]),
        ({"values": VALUES | {"topic": ["a", "list"]}}, ["values", "topic"]),
        ({"values": VALUES | {"topic": "x" * 201}}, ["values", "topic"]),
        ({"values": "text"}, ["values"]),
        ({"prompt": "first"}, ["prompt"]),
        ({"training_consent": "perhaps"}, ["training_consent"]),
    ],
)
def test_what_does_not_fit_is_named(cast: Cast, changes: dict[str, Any], path: list[str]) -> None:
    answer = written(cast, **changes)
    assert answer.status_code == 400
    errors = answer.json()["errors"]
    for name in path:
        assert name in errors
        errors = errors[name]
    assert not Brief.objects.exists()


def test_a_prompt_of_another_team_does_not_exist(cast: Cast) -> None:
    answer = written(cast, prompt=make_prompt(cast.other_team).prompt_id)
    assert answer.status_code == 404


def test_what_is_left_out_of_a_change_stays(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    answer = Api(cast.second_marketer).send("PATCH", f"briefs/{brief.pk}/", {"revision": 1, "title": "Autumn tea"})
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["title"], changed["revision"]) == ("Autumn tea", 2)
    assert changed["values"] == brief.values
    assert changed["training_consent"] is True


def test_a_stale_change_is_refused_and_shows_the_current_brief(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    caller = Api(cast.marketer)
    caller.send("PATCH", f"briefs/{brief.pk}/", {"revision": 1, "title": "First"})
    answer = caller.send("PATCH", f"briefs/{brief.pk}/", {"revision": 1, "title": "Second"})
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "stale_edit"
    assert (problem["current"]["title"], problem["current"]["revision"]) == ("First", 2)
    brief.refresh_from_db()
    assert brief.title == "First"


def test_a_change_needs_its_revision(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    answer = Api(cast.marketer).send("PATCH", f"briefs/{brief.pk}/", {"title": "Autumn"})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["revision"]


def test_markup_is_text(cast: Cast) -> None:
    title = "<script>alert(1)</script> **bold**"
    assert written(cast, title=title).json()["title"] == title
