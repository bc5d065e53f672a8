"""Who sees which texts in the queue."""

from __future__ import annotations

import pytest

from aigc_portal.accounts.models import Membership, Role
from review.actions.claims import claim
from review.actions.decisions import approve
from review.models import GoldItem, Review
from review.queue_scope import State, View
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review
from tests.review.queueing import counts, titles


def test_a_team_at_a_time(cast: Cast, waiting: Review) -> None:
    """Who reviews in two teams sees the queue of the first by name, and a switch to the other."""
    Membership.objects.create(user=cast.outsider, team=cast.team, role=Role.REVIEWER)
    other = make_review(make_draft(make_brief(cast.outsider, cast.other_team, title="Coffee")))
    client = cast.client("outsider")
    page = client.get("/reviews/")
    assert [row.pk for row in page.context["rows"]] == [other.pk]
    assert [(str(tab.label), tab.active) for tab in page.context["team_tabs"]] == [("Coffee", True), ("Tea", False)]
    assert titles(client, f"?team={cast.team.pk}") == ["Spring tea"]
    assert titles(client, "?view=all") == ["Coffee", "Spring tea"]
    assert titles(client, "?view=all&state=waiting") == ["Spring tea", "Coffee"]
    assert cast.client("reviewer").get("/reviews/").context["team_tabs"] == []


def test_a_text_with_a_known_answer_is_in_the_queue_of_whom_it_measures_alone(cast: Cast, waiting: Review) -> None:
    claim(actor=cast.second_reviewer, review=waiting)
    approve(actor=cast.second_reviewer, review=waiting, sha256=waiting.draft.sha256)
    gold = GoldItem.objects.create(team=cast.team, draft=waiting.draft, verdict="APPROVED", created_by=cast.lead)
    Review.for_reviewers.create(
        team=cast.team,
        draft=waiting.draft,
        current_draft=waiting.draft,
        submitted_by=cast.marketer,
        policy=waiting.policy,
        due_at=waiting.due_at,
        gold=gold,
        assigned_to=cast.reviewer,
    )
    for person, seen in (("reviewer", 1), ("second_reviewer", 0), ("lead", 0)):
        assert len(titles(cast.client(person), "?state=waiting")) == seen
        assert len(titles(cast.client(person), "?view=all&state=waiting")) == seen
    own = cast.client("reviewer")
    assert "Assigned to" not in "".join(row.asked for row in own.get("/reviews/").context["rows"])
    assert titles(own, "?view=mine") == []  # nothing tells it from the others
    assert titles(own, f"?assigned_to={cast.reviewer.pk}") == []
    assert len(titles(own, "?assigned_to=nobody")) == 1


def test_a_lead_sees_the_queue_and_takes_nothing(cast: Cast, busy: dict[str, Review]) -> None:
    client = cast.client("lead")
    page = client.get("/reviews/?view=mine")
    assert [str(tab.label) for tab in page.context["views"]] == ["My team's queue", "All"]
    assert [row.pk for row in page.context["rows"]] == [busy[name].pk for name in ("waiting", "mine", "others")]
    text = page.content.decode()
    assert "/reviews/next/" not in text
    assert "/claim/" not in text
    assert client.post("/reviews/next/").status_code == 403


@pytest.mark.parametrize("person", ["marketer", "auditor", "engineer", "admin"])
def test_the_queue_is_for_reviewers(cast: Cast, waiting: Review, person: str) -> None:
    client = cast.client(person)
    assert client.get("/reviews/").status_code == 403
    assert client.post("/reviews/next/").status_code == 403


def test_another_teams_texts_are_not_there(cast: Cast, busy: dict[str, Review]) -> None:
    client = cast.client("outsider")
    for view in View:
        for state in State:
            assert titles(client, f"?view={view}&state={state}") == []
        assert set(counts(client.get(f"/reviews/?view={view}").context["states"]).values()) == {"", "0"}
    assert titles(client, f"?team={cast.team.pk}&q=tea") == []
    assert client.post("/reviews/next/").headers["Location"] == "/reviews/"
    assert Review.objects.get(pk=busy["waiting"].pk).status == "PENDING"
