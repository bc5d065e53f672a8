"""What leads settle about an open review."""

from __future__ import annotations

import pytest

from aigc_portal.audit.models import AuditEvent
from review.models import Review
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review
from tests.review.judging import judge

DUE = "2031-05-06T07:08:09Z"


@pytest.fixture
def review(cast: Cast) -> Review:
    return make_review(make_draft(make_brief(cast.marketer, cast.team)))


def test_a_lead_says_how_urgent_until_when_and_whose(cast: Cast, review: Review) -> None:
    wanted = {"priority": 1, "due_at": DUE, "assigned_to": cast.reviewer.pk}
    told = Api(cast.lead).send("PATCH", f"reviews/{review.pk}/", wanted).json()
    assert (told["priority"], told["due_at"], told["assigned_to"]["id"]) == (1, DUE, cast.reviewer.pk)
    events = AuditEvent.objects.about(review).filter(actor=cast.lead)
    assert {event.action for event in events} == {"review.priority_changed", "review.due_changed", "review.assigned"}
    answer = Api(cast.lead).send("PATCH", f"reviews/{review.pk}/", {"assigned_to": None})
    assert (answer.json()["assigned_to"], answer.json()["priority"]) == (None, 1)


def test_where_one_part_is_refused_nothing_changes(cast: Cast, review: Review) -> None:
    wanted = {"priority": 1, "assigned_to": cast.auditor.pk}
    answer = Api(cast.lead).send("PATCH", f"reviews/{review.pk}/", wanted)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_reviewer")
    review.refresh_from_db()
    assert (review.priority, review.assigned_to) == (3, None)


@pytest.mark.parametrize("wanted", [{"priority": 9}, {"due_at": "soon"}, {"assigned_to": "me"}, {"assigned_to": 10**6}])
def test_what_makes_no_sense_is_refused(cast: Cast, review: Review, wanted: dict[str, object]) -> None:
    answer = Api(cast.lead).send("PATCH", f"reviews/{review.pk}/", wanted)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(wanted)


def test_somebody_of_another_team_is_nobody_here(cast: Cast, review: Review) -> None:
    answer = Api(cast.lead).send("PATCH", f"reviews/{review.pk}/", {"assigned_to": cast.outsider.pk})
    assert answer.status_code == 400


def test_whoever_it_is_assigned_to_gives_it_back(cast: Cast, review: Review) -> None:
    Api(cast.lead).send("PATCH", f"reviews/{review.pk}/", {"assigned_to": cast.reviewer.pk})
    other = Api(cast.second_reviewer).send("PATCH", f"reviews/{review.pk}/", {"assigned_to": None})
    assert other.status_code == 403
    answer = Api(cast.reviewer).send("PATCH", f"reviews/{review.pk}/", {"assigned_to": None})
    assert answer.json()["assigned_to"] is None


def test_what_is_decided_stays_as_it_is(cast: Cast, review: Review) -> None:
    judge(review, cast.reviewer)
    answer = Api(cast.lead).send("PATCH", f"reviews/{review.pk}/", {"priority": 1})
    assert (answer.status_code, answer.json()["current"]["status"]) == (409, "APPROVED")
