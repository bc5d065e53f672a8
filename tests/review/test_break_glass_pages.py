"""The page on which a lead decides alone."""

from __future__ import annotations

from typing import Any

import pytest

from aigc_portal.audit.models import AuditEvent
from review.actions.decisions import approve
from review.models import ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_policy
from tests.review.people import also_reviewer

WHY = "The shop opens in an hour and nobody else is here."


def path(review: Review) -> str:
    return f"/reviews/{review.pk}/break-glass/"


def given(review: Review, **changed: Any) -> dict[str, Any]:
    return {"sha256": review.current_draft.sha256, "decision": "APPROVED", "reason": WHY} | changed


def test_it_says_what_happens_and_who_is_told(cast: Cast, held: Review) -> None:
    client = cast.client("lead")
    assert path(held) in client.get(held.get_absolute_url()).content.decode()
    page = client.get(path(held)).content.decode()
    assert "You are no reviewer of this team." in page
    assert f"Told at once: {cast.auditor}." in page
    assert f"{cast.reviewer} is reviewing the text now, loses it, and is told." in page
    assert held.draft.text in page


def test_deciding(cast: Cast, waiting: Review) -> None:
    response = cast.client("lead").post(path(waiting), given(waiting))
    assert response["Location"] == waiting.get_absolute_url()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.break_glass, waiting.decided_by) == ("APPROVED", WHY, cast.lead)
    assert AuditEvent.objects.filter(action="review.glass_broken").count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"reason": "Short."},
        {"reason": ""},
        {"reason": "Kept: " + "x" * 1000},
        {"decision": "REJECTED"},
        {"decision": "PENDING"},
        {"reasons": ["theirs"]},
    ],
)
def test_what_does_not_fit_comes_back(cast: Cast, waiting: Review, reason: ReasonCode, changed: dict[str, Any]) -> None:
    response = cast.client("lead").post(path(waiting), given(waiting, comment="Kept words", **changed))
    assert response.status_code == 422
    assert "Kept words" in response.content.decode()
    waiting.refresh_from_db()
    assert waiting.status == "PENDING"


def test_another_text_is_shown_and_nothing_decided(cast: Cast, waiting: Review) -> None:
    response = cast.client("lead").post(path(waiting), given(waiting, sha256="0" * 64))
    assert response.status_code == 409
    page = response.content.decode()
    assert "The text changed since you opened it." in page
    assert waiting.current_draft.sha256 in page
    assert WHY in page


def test_who_is_too_late_sees_how_it_stands_and_keeps_the_words(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    client = cast.client("lead")
    assert "not open any more" in client.get(path(held)).content.decode()
    response = client.post(path(held), given(held))
    assert response.status_code == 409
    assert WHY in response.content.decode()


def test_who_breaks_no_rule_is_sent_the_usual_way(cast: Cast, waiting: Review) -> None:
    also_reviewer(cast.lead, cast.team)
    client = cast.client("lead")
    assert "You need not break any rule here" in client.get(path(waiting)).content.decode()
    assert client.post(path(waiting), given(waiting)).status_code == 409
    make_policy(cast.team, {"reviewers": 2})
    waiting.refresh_from_db()
    assert waiting.status == "PENDING"


@pytest.mark.parametrize(
    ("who", "status"), [("reviewer", 403), ("marketer", 403), ("auditor", 403), ("admin", 403), ("outsider", 404)]
)
def test_wrong_role_and_wrong_team(cast: Cast, waiting: Review, who: str, status: int) -> None:
    client = cast.client(who)
    assert client.get(path(waiting)).status_code == status
    assert client.post(path(waiting), given(waiting)).status_code == status
    assert path(waiting) not in client.get(waiting.get_absolute_url()).content.decode()
    waiting.refresh_from_db()
    assert waiting.status == "PENDING"
