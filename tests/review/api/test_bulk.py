"""One act on many reviews, each with an outcome of its own; and taking a text from its holder."""

from __future__ import annotations

from typing import Any

import pytest

from aigc_portal.audit.models import AuditEvent
from review.models import Review
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_gold, make_reason, make_review


@pytest.fixture
def reviews(cast: Cast) -> list[Review]:
    brief = make_brief(cast.marketer, cast.team)
    return [make_review(make_draft(brief, text)) for text in ("One.", "Two.", "Three.")]


def chosen(reviews: list[Review]) -> list[dict[str, Any]]:
    return [{"id": review.pk, "sha256": review.current_draft.sha256} for review in reviews]


def send(user: Any, **body: Any) -> Any:
    return Api(user).post("reviews/bulk/", body)


def test_verdicts(cast: Cast, reviews: list[Review]) -> None:
    make_reason(cast.team)
    wanted = chosen(reviews)
    wanted[1]["sha256"] = "0" * 64
    answer = send(cast.reviewer, act="reject", reviews=wanted, reasons=["inaccurate"], comment="No.")
    assert answer.status_code == 200
    first, second, third = answer.json()["results"]
    assert first == {"id": reviews[0].pk, "done": True, "code": "", "error": ""}
    assert (second["done"], second["code"]) == (False, "other_text")
    assert third["done"]
    assert sorted(Review.objects.values_list("status", flat=True)) == ["PENDING", "REJECTED", "REJECTED"]


def test_assigning_and_priority(cast: Cast, reviews: list[Review]) -> None:
    ids = [{"id": review.pk} for review in reviews]
    assert all(
        row["done"]
        for row in send(cast.lead, act="assign", reviews=ids, assigned_to=cast.reviewer.pk).json()["results"]
    )
    send(cast.lead, act="set_priority", reviews=ids[:2], priority=1)
    assert sorted(Review.objects.values_list("assigned_to", "priority")) == [
        (cast.reviewer.pk, 1),
        (cast.reviewer.pk, 1),
        (cast.reviewer.pk, 3),
    ]
    send(cast.lead, act="assign", reviews=ids, assigned_to=None)
    assert set(Review.objects.values_list("assigned_to", flat=True)) == {None}


def test_what_the_user_does_not_see_is_not_there(cast: Cast, reviews: list[Review]) -> None:
    """Texts of other teams, those with a known answer for somebody else, and those that never were: all the same."""
    item = make_gold(reviews[0].draft, cast.lead)
    gold = Review.for_reviewers.create(
        team=cast.team,
        draft=item.draft,
        current_draft=item.draft,
        submitted_by=cast.marketer,
        due_at=reviews[0].due_at,
        policy=reviews[0].policy,
        gold=item,
        assigned_to=cast.reviewer,
    )
    theirs = make_review(make_draft(make_brief(cast.outsider, cast.other_team)))
    ids = [{"id": pk} for pk in (gold.pk, theirs.pk, 10**9, reviews[0].pk)]
    rows = send(cast.lead, act="set_priority", reviews=ids, priority=1).json()["results"]
    assert [(row["done"], row["code"]) for row in rows] == [(False, "not_found")] * 3 + [(True, "")]
    assert len({row["error"] for row in rows[:3]}) == 1


@pytest.mark.parametrize("name", ["marketer", "reviewer", "auditor", "engineer", "admin"])
def test_leads_assign_and_move(cast: Cast, reviews: list[Review], name: str) -> None:
    for body in ({"act": "assign", "assigned_to": None}, {"act": "set_priority", "priority": 1}):
        assert send(getattr(cast, name), reviews=chosen(reviews), **body).status_code == 403


@pytest.mark.parametrize("name", ["marketer", "lead", "auditor", "engineer", "admin"])
def test_reviewers_decide(cast: Cast, reviews: list[Review], name: str) -> None:
    before = AuditEvent.objects.filter(action__startswith="review.").count()
    assert send(getattr(cast, name), act="approve", reviews=chosen(reviews)).status_code == 403
    assert AuditEvent.objects.filter(action__startswith="review.").count() == before


def test_other_teams_and_strangers(cast: Cast, reviews: list[Review]) -> None:
    rows = send(cast.outsider, act="approve", reviews=chosen(reviews)).json()["results"]
    assert {row["code"] for row in rows} == {"not_found"}
    assert send(None, act="approve", reviews=chosen(reviews)).status_code == 401
    assert Api(cast.lead).post(f"reviews/{reviews[0].pk}/take-away/").status_code == 409


@pytest.mark.parametrize(
    "changed",
    [
        {"act": "delete"},
        {"reviews": []},
        {"reviews": [{"id": 1}] * 101},
        {"reviews": [{"id": "one"}]},
        {"act": "assign"},
        {"act": "set_priority"},
        {"act": "set_priority", "priority": 9},
        {"act": "assign", "assigned_to": 10**6},
        {"unknown": 1},
    ],
)
def test_what_makes_no_sense_is_refused(cast: Cast, changed: dict[str, Any]) -> None:
    body = {"act": "set_priority", "priority": 1, "reviews": [{"id": 1}]} | changed
    if changed == {"act": "set_priority"}:
        del body["priority"]
    assert send(cast.lead, **body).status_code == 400


def test_somebody_of_another_team_is_nobody_here(cast: Cast, reviews: list[Review]) -> None:
    answer = send(cast.lead, act="assign", reviews=chosen(reviews), assigned_to=cast.outsider.pk)
    assert answer.status_code == 400


def test_the_same_request_twice(cast: Cast, reviews: list[Review]) -> None:
    body = {"act": "approve", "reviews": chosen(reviews)}
    answers = [Api(cast.reviewer).post("reviews/bulk/", body, Idempotency_Key="k1").json() for _attempt in range(2)]
    assert answers[0] == answers[1]
    assert AuditEvent.objects.filter(action="review.approved").count() == 3


def test_taking_away(cast: Cast, reviews: list[Review]) -> None:
    Api(cast.reviewer).post(f"reviews/{reviews[0].pk}/claim/")
    answer = Api(cast.lead).post(f"reviews/{reviews[0].pk}/take-away/")
    assert (answer.status_code, answer.json()["status"], answer.json()["claimed_by"]) == (200, "PENDING", None)
