"""The pages of a team's policy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Membership, Role
from aigc_portal.audit.models import AuditEvent
from review.actions.policies import policy_of, publish_policy
from review.models import Review, ReviewPolicy
from review.policy_rules import PolicyRules, StepRules
from tests.cast import Cast
from tests.factories import make_group, make_policy


def address(cast: Cast, page: str = "policy/") -> str:
    return f"/reviews/settings/{cast.team.pk}/{page}"


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return words(response)


def words(response: Any) -> str:
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def fields(**changed: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    sent: dict[str, Any] = {"based_on": 1, "second_opinion_percent": 0, "gold_percent": 0, "due_hours": 72}
    for number in range(1, 6):
        sent |= {f"step{number}-rule": "majority", f"step{number}-name": "", f"step{number}-group": ""}
        sent[f"step{number}-reviewers"] = "1" if number == 1 else ""
    return sent | changed


PAGES = ["policy/", "policy/new/", "groups/", "reasons/", "known-answers/"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("lead", 200),
        ("admin", 200),
        ("auditor", 200),
        ("reviewer", 403),
        ("marketer", 403),
        ("engineer", 403),
        ("outsider", 404),
    ],
)
def test_leads_admins_and_auditors_read(cast: Cast, page: str, who: str, status: int) -> None:
    refused = who == "auditor" and page == "policy/new/"
    assert cast.client(who).get(address(cast, page)).status_code == (403 if refused else status)


@pytest.mark.parametrize("page", ["policy/new/", "groups/", "reasons/"])
@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("reviewer", 403), ("outsider", 404)])
def test_only_leads_and_admins_change(cast: Cast, page: str, who: str, status: int) -> None:
    events = AuditEvent.objects.count()
    assert cast.client(who).post(address(cast, page), fields()).status_code == status
    assert AuditEvent.objects.count() == events


def test_the_way_in_leads_to_the_first_team(cast: Cast) -> None:
    assert cast.client("lead").get("/reviews/settings/")["Location"] == address(cast)
    assert cast.client("reviewer").get("/reviews/settings/").status_code == 403


def test_who_leads_two_teams_goes_from_one_to_the_other(cast: Cast) -> None:
    Membership.objects.create(user=cast.lead, team=cast.other_team, role=Role.LEAD)
    page = cast.client("lead").get(address(cast, "groups/")).content.decode()
    assert f"/reviews/settings/{cast.other_team.pk}/groups/" in page


def test_the_policy_in_words_with_its_history(cast: Cast, waiting: Review) -> None:
    rules = PolicyRules(steps=(StepRules("Editors", None, 2, "unanimous"),), blind=True)
    publish_policy(actor=cast.lead, team=cast.team, rules=rules, based_on=1)
    text = text_of(cast.client("lead"), address(cast))
    assert "What holds now: version 2" in text
    assert "Editors: 2 reviewers of the team, all agree" in text
    assert "1 under version 1" in text
    assert "Step 1 1 reviewer of the team Editors: 2 reviewers of the team, all agree" in text
    assert f"Version 2 {cast.lead}" in text
    assert "from the start" in text


def test_a_policy_that_cannot_work_any_more_says_so(cast: Cast) -> None:
    make_policy(cast.team, {"reviewers": 2})
    assert "reviews cannot be finished" not in text_of(cast.client("lead"), address(cast))
    Membership.objects.filter(user=cast.reviewer).delete()
    text = text_of(cast.client("lead"), address(cast))
    assert "As the team stands now, reviews cannot be finished under this policy." in text


def test_one_version(cast: Cast, waiting: Review) -> None:
    policy = waiting.policy
    make_policy(cast.team, {"reviewers": 2})
    path = f"/reviews/settings/policies/{policy.pk}/"
    for who in ("lead", "admin", "auditor"):
        text = text_of(cast.client(who), path)
    assert "What held then" in text
    assert "1 review came under it. 1 of them is open." in text
    assert cast.client("reviewer").get(path).status_code == 403
    assert cast.client("outsider").get(path).status_code == 404


def test_publishing(cast: Cast) -> None:
    legal = make_group(cast.team, "Legal", cast.reviewer)
    sent = fields(
        **{
            "step1-name": "Editors",
            "step1-reviewers": "2",
            "step1-rule": "unanimous",
            "step4-group": legal.pk,
            "step4-reviewers": "1",
            "fact_check": "on",
            "due_hours": "24",
        }
    )
    client = cast.client("lead")
    response = client.post(address(cast, "policy/new/"), sent)
    assert response.status_code == 302
    assert response["Location"] == address(cast)
    made = policy_of(cast.team)
    assert [(step.position, step.name, step.group, step.reviewers) for step in made.steps.all()] == [
        (1, "Editors", None, 2),
        (2, "", legal, 1),
    ]
    assert (made.fact_check, made.blind, made.due_hours, made.created_by) == (True, False, 24, cast.lead)
    assert "Version 2 holds for what is submitted from now on." in text_of(client, address(cast))


@pytest.mark.parametrize(
    "changed",
    [
        {"step1-reviewers": ""},
        {"step1-reviewers": "6"},
        {"step1-rule": "lottery"},
        {"step2-name": "Legal"},
        {"step1-group": "999999"},
        {"gold_percent": "101"},
        {"second_opinion_percent": "-1"},
        {"due_hours": "0"},
        {"due_hours": "99999"},
        {"adjudicators": "x"},
        {"step1-reviewers": "5"},
        {},
    ],
)
def test_what_does_not_work_comes_back_as_it_was_typed(cast: Cast, changed: dict[str, str]) -> None:
    sent = fields(**{"step3-name": "", "step1-name": "Typed by hand"} | changed)
    if not changed:
        sent["step1-name"] = ""  # the rules that hold already
    response = cast.client("lead").post(address(cast, "policy/new/"), sent)
    assert response.status_code == 422
    page = response.content.decode()
    assert ("Typed by hand" in page) == bool(changed)
    assert 'role="alert"' in page
    assert not ReviewPolicy.objects.filter(team=cast.team, number=2).exists()


def test_an_empty_post_is_answered(cast: Cast) -> None:
    assert cast.client("lead").post(address(cast, "policy/new/"), {}).status_code == 422


def test_who_was_overtaken_sees_by_what_and_may_publish_again(cast: Cast) -> None:
    policy_of(cast.team)
    rules = PolicyRules(steps=(StepRules(reviewers=2),))
    publish_policy(actor=cast.admin, team=cast.team, rules=rules, based_on=1)
    client, sent = cast.client("lead"), fields(blind="on", **{"step1-name": "Mine"})
    response = client.post(address(cast, "policy/new/"), sent)
    assert response.status_code == 409
    page = response.content.decode()
    assert f"{cast.admin} has published version 2 meanwhile." in words(response)
    assert "2 reviewers of the team" in words(response)
    assert 'name="based_on" value="2"' in page
    assert 'value="Mine"' in page
    assert client.post(address(cast, "policy/new/"), sent | {"based_on": 2}).status_code == 302
    assert policy_of(cast.team).blind


def test_open_reviews_keep_their_version_and_the_form_says_so(cast: Cast, waiting: Review) -> None:
    assert "1 open review keeps its version." in text_of(cast.client("lead"), address(cast, "policy/new/"))


def test_versions_cost_no_queries(cast: Cast, waiting: Review) -> None:
    client = cast.client("lead")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address(cast)).status_code == 200
        return len(captured)

    group = make_group(cast.team, "A", cast.reviewer)
    make_policy(cast.team, {}, {"group": group}, adjudicators=group)
    few = queries()
    for number in range(4):
        group = make_group(cast.team, f"G{number}", cast.reviewer)
        make_policy(cast.team, {"group": group}, {"group": group}, adjudicators=group)
    assert queries() == few


def test_many_versions_come_in_pages(cast: Cast) -> None:
    for number in range(17):
        make_policy(cast.team, {"reviewers": 1 + number % 2})
    first = text_of(cast.client("lead"), address(cast))
    assert "Version 17" in first
    assert "Version 2 " not in first
    older = re.search(r'rel="next" href="([^"]+)"', cast.client("lead").get(address(cast)).content.decode())
    assert older
    assert "Version 2 " in text_of(cast.client("lead"), address(cast) + older[1].replace("&amp;", "&"))


def test_another_teams_reviews_do_not_count(cast: Cast, waiting: Review) -> None:
    Membership.objects.create(user=cast.lead, team=cast.other_team, role=Role.LEAD)
    text = text_of(cast.client("lead"), f"/reviews/settings/{cast.other_team.pk}/policy/new/")
    assert "open review" not in text
