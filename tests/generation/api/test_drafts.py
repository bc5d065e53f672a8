from __future__ import annotations

import pytest

from generation.models import Draft
from generation.models.drafts import LONGEST_TEXT, sha256_of
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft


def test_an_edit_is_a_child(cast: Cast) -> None:
    draft = make_draft(make_brief(cast.marketer, cast.team))
    answer = Api(cast.second_marketer).post(f"drafts/{draft.pk}/edits/", {"text": "A better tea.\r\n"})
    assert answer.status_code == 201
    child = answer.json()
    assert (child["parent"], child["origin"], child["text"]) == (draft.pk, "human", "A better tea.")
    assert child["sha256"] == sha256_of("A better tea.")
    assert answer["Location"] == f"/api/v1/drafts/{child['id']}/"
    draft.refresh_from_db()
    assert draft.text == "A fresh spring tea."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalid_input"),
        ("  \n ", "empty_text"),
        ("x" * (LONGEST_TEXT + 1), "invalid_input"),
        ("A fresh spring tea.", "text_unchanged"),
    ],
)
def test_what_is_no_edit_is_refused(cast: Cast, text: str, code: str) -> None:
    draft = make_draft(make_brief(cast.marketer, cast.team))
    answer = Api(cast.marketer).post(f"drafts/{draft.pk}/edits/", {"text": text})
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert Draft.objects.count() == 1
