"""Policies, groups and known answers over the API. Roles and teams: tests/api/test_matrix.py."""

from __future__ import annotations

from typing import Any

import pytest

from aigc_portal.accounts.models import Membership, Role
from aigc_portal.audit.models import AuditEvent
from review.actions.decisions import approve
from review.actions.policies import policy_of
from review.models import GoldItem, Review, ReviewGroup
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_group


def test_publishing_a_policy(cast: Cast) -> None:
    group = make_group(cast.team, "Legal", cast.reviewer)
    body = {"based_on": 1, "steps": [{"reviewers": 2, "rule": "unanimous"}, {"name": "Legal", "group": group.pk}]}
    answer = Api(cast.lead).post("review-policies/", body | {"gold_percent": 5})
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["number"], made["gold_percent"], made["created_by"]["id"]) == (2, 5, cast.lead.pk)
    assert [(step["position"], step["group"], step["reviewers"]) for step in made["steps"]] == [
        (1, None, 2),
        (2, group.pk, 1),
    ]
    assert answer["Location"] == f"/api/v1/review-policies/{made['id']}/"
    again = Api(cast.lead).post("review-policies/", body)
    assert (again.status_code, again.json()["code"]) == (409, "policy_changed")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"steps": []}, "steps"),
        ({"steps": [{}] * 6}, "steps"),
        ({"steps": [{"reviewers": 6}]}, "steps"),
        ({"steps": [{"group": 0}]}, "steps"),
        ({"adjudicators": 0}, "adjudicators"),
        ({"second_opinion_percent": 101}, "second_opinion_percent"),
        ({"due_hours": 0}, "due_hours"),
        ({"number": 9}, "number"),
    ],
)
def test_what_is_no_policy_is_refused_by_its_field(cast: Cast, changed: dict[str, Any], field: str) -> None:
    answer = Api(cast.lead).post("review-policies/", {"based_on": 1, "steps": [{"reviewers": 2}]} | changed)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_a_policy_that_cannot_work_says_why(cast: Cast) -> None:
    answer = Api(cast.lead).post("review-policies/", {"based_on": 1, "steps": [{"reviewers": 5}]})
    assert (answer.status_code, answer.json()["code"]) == (400, "policy_cannot_work")
    assert policy_of(cast.team).number == 1


def test_who_leads_two_teams_names_one(cast: Cast) -> None:
    Membership.objects.create(user=cast.lead, team=cast.other_team, role=Role.LEAD)
    body: dict[str, Any] = {"based_on": 1, "steps": [{"reviewers": 2}]}
    answer = Api(cast.lead).post("review-policies/", body)
    assert list(answer.json()["errors"]) == ["team"]
    assert Api(cast.lead).post("review-policies/", body | {"team": cast.team.pk}).status_code == 201
    assert Api(cast.reviewer).post("review-policies/", body | {"team": cast.other_team.pk}).status_code == 404


def test_the_life_of_a_group(cast: Cast) -> None:
    caller = Api(cast.lead)
    made = caller.post("review-groups/", {"name": "Legal", "members": [cast.reviewer.pk]})
    assert made.status_code == 201
    path = f"review-groups/{made.json()['id']}/"
    changed = caller.send("PATCH", path, {"name": "Lawyers", "members": [cast.second_reviewer.pk]}).json()
    assert (changed["name"], [person["id"] for person in changed["members"]]) == ("Lawyers", [cast.second_reviewer.pk])
    refused = caller.send("PATCH", path, {"name": "Counsel", "members": [cast.marketer.pk]})
    assert (refused.status_code, refused.json()["code"]) == (400, "no_reviewer")
    assert ReviewGroup.objects.get().name == "Lawyers"
    assert list(caller.send("PATCH", path, {"members": [cast.outsider.pk]}).json()["errors"]) == ["members"]
    assert caller.send("DELETE", path, None).status_code == 204
    assert not ReviewGroup.objects.exists()
    events = AuditEvent.objects.filter(action__startswith="group.").order_by("id").values_list("action", flat=True)
    assert list(events) == [
        "group.created",
        "group.renamed",
        "group.member_added",
        "group.member_removed",
        "group.deleted",
    ]


def test_a_known_answer_from_a_decided_review(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    caller = Api(cast.lead)
    body = {"review": held.pk, "verdict": "APPROVED", "explanation": "All of it is so."}
    made = caller.post("gold-items/", body)
    assert made.status_code == 201, made.content
    assert (made.json()["draft"], made.json()["answered"], made.json()["agreed"]) == (held.draft_id, 0, 0)
    assert caller.post("gold-items/", body).json()["code"] == "gold_exists"
    assert caller.post(f"gold-items/{made.json()['id']}/retire/", {}).json()["retired_at"]
    assert GoldItem.objects.get().retired_at is not None
    assert caller.post("gold-items/", body | {"verdict": "PENDING"}).status_code == 400
