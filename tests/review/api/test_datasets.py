from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from aigc_portal.audit.models import AuditEvent
from review.actions import decisions
from review.datasets import pipeline
from review.datasets.models import DatasetExport
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review
from tests.review.datasets.desk import settled

with_exports = pytest.mark.django_db(transaction=True)  # an export begins a transaction of its own


@pytest.fixture
def approved(cast: Cast) -> int:
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)), claimed_by=cast.reviewer)
    decisions.approve(
        actor=cast.reviewer, review=review, sha256=review.draft.sha256, corrected_text="A fresher spring tea."
    )
    return settled(review).pk


def export(cast: Cast, **asked: Any) -> Any:
    answer = Api(cast.engineer).post("datasets/", {"type": "unpaired-preference"} | asked)
    assert answer.status_code == 201, answer.content
    pipeline.execute(answer.json()["id"])
    return Api(cast.engineer).get(f"datasets/{answer.json()['id']}/").json()


@with_exports
def test_decisions_become_rows_and_a_manifest(cast: Cast, approved: int) -> None:
    made = export(cast, language="en")
    assert (made["status"], made["row_count"], made["filters"]) == ("SUCCEEDED", 2, {"language": "en"})
    assert made["manifest"]["review_ids"] == [approved]
    lines = []
    for file in made["manifest"]["files"]:
        answer = Api(cast.engineer).get(f"datasets/{made['id']}/files/{file['name']}")
        content = b"".join(answer.streaming_content)
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        lines += content.splitlines()
    assert sorted(json.loads(line)["label"] for line in lines) == [False, True]
    assert AuditEvent.objects.filter(action="dataset.downloaded", actor=cast.engineer).count() == 2


@with_exports
def test_the_same_selection_gives_the_same_digest(cast: Cast, approved: int) -> None:
    assert export(cast)["digest"] == export(cast)["digest"]


def test_an_export_with_nothing_in_it_says_so(cast: Cast) -> None:
    answer = Api(cast.engineer).post("datasets/", {"type": "preference"})
    assert (answer.status_code, answer.json()["code"]) == (400, "nothing_to_export")
    assert not DatasetExport.objects.exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "sft"},
        {"decided_from": "yesterday"},
        {"decided_from": "0001-01-01"},
        {"decided_to": "9999-12-31"},
        {"language": "fr"},
        {"prompt": "x"},
        {"split": 1},
    ],
)
def test_what_does_not_fit_is_named(cast: Cast, approved: int, asked: dict[str, Any]) -> None:
    answer = Api(cast.engineer).post("datasets/", {"type": "preference"} | asked)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(asked)


def test_a_team_that_one_is_not_in_does_not_exist(cast: Cast, approved: int) -> None:
    answer = Api(cast.engineer).post("datasets/", {"type": "preference", "team": cast.other_team.pk})
    assert answer.status_code == 404


@with_exports
def test_an_engineer_of_two_teams_names_one(cast: Cast, approved: int) -> None:
    cast.engineer.memberships.create(team=cast.other_team, role="engineer")
    answer = Api(cast.engineer).post("datasets/", {"type": "prompt-completion"})
    assert list(answer.json()["errors"]) == ["team"]
    assert export(cast, team=cast.team.pk)["status"] == "SUCCEEDED"


@with_exports
def test_only_files_of_the_data_set_are_served_whatever_the_client_accepts(cast: Cast, approved: int) -> None:
    caller, made = Api(cast.engineer), export(cast)
    for name in ("nothing.jsonl", "..%2Fmanifest.json", "manifest.json%00"):
        assert caller.get(f"datasets/{made['id']}/files/{name}").status_code == 404, name
    caller.headers["Accept"] = "application/x-ndjson"
    assert caller.get(f"datasets/{made['id']}/files/dataset.zip")["Content-Type"] == "application/zip"


def test_cancel_and_retry(cast: Cast, approved: int) -> None:
    caller = Api(cast.engineer)
    made = caller.post("datasets/", {"type": "prompt-completion"}).json()
    assert caller.post(f"datasets/{made['id']}/cancel/").json()["status"] == "CANCELLED"
    assert caller.post(f"datasets/{made['id']}/cancel/").status_code == 409
    again = caller.post(f"datasets/{made['id']}/retry/")
    assert again.status_code == 201
    assert again.json()["filters"] == made["filters"]
