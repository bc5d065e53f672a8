"""Groups of reviewers: acts, events, pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Membership
from aigc_portal.audit.models import AuditEvent
from aigc_portal.problems import Refused
from review.actions.groups import add_group_member, create_group, delete_group, remove_group_member, rename_group
from review.models import ReviewGroup
from tests.cast import Cast
from tests.factories import make_group, make_policy


@pytest.fixture
def group(cast: Cast) -> ReviewGroup:
    return make_group(cast.team, "Editors", cast.reviewer)


def events(group: ReviewGroup) -> list[str]:
    return [event.action for event in AuditEvent.objects.about(group).order_by("id")]


def test_the_life_of_a_group_is_in_the_log(cast: Cast) -> None:
    group = create_group(actor=cast.lead, team=cast.team, name="Editors", members=[cast.reviewer])
    add_group_member(actor=cast.lead, group=group, user=cast.second_reviewer)
    add_group_member(actor=cast.lead, group=group, user=cast.second_reviewer)
    remove_group_member(actor=cast.admin, group=group, user=cast.reviewer)
    remove_group_member(actor=cast.admin, group=group, user=cast.reviewer)
    rename_group(actor=cast.lead, group=group, name="Legal")
    rename_group(actor=cast.lead, group=group, name="Legal")
    group.refresh_from_db()
    assert (group.name, list(group.members.all())) == ("Legal", [cast.second_reviewer])
    delete_group(actor=cast.lead, group=group)
    assert not ReviewGroup.objects.exists()
    assert events(group) == [
        "group.created",
        "group.member_added",
        "group.member_removed",
        "group.renamed",
        "group.deleted",
    ]
    assert AuditEvent.objects.get(action="group.renamed").data == {
        "before": {"name": "Editors"},
        "after": {"name": "Legal"},
    }


@pytest.mark.parametrize("person", ["marketer", "reviewer", "auditor", "engineer", "outsider"])
def test_only_leads_and_admins_change_groups(cast: Cast, group: ReviewGroup, person: str) -> None:
    actor: Any = getattr(cast, person)
    with pytest.raises(PermissionDenied):
        create_group(actor=actor, team=cast.team, name="Legal")
    with pytest.raises(PermissionDenied):
        rename_group(actor=actor, group=group, name="Legal")
    with pytest.raises(PermissionDenied):
        add_group_member(actor=actor, group=group, user=cast.second_reviewer)
    with pytest.raises(PermissionDenied):
        remove_group_member(actor=actor, group=group, user=cast.reviewer)
    with pytest.raises(PermissionDenied):
        delete_group(actor=actor, group=group)
    assert events(group) == []


def test_only_reviewers_of_the_team_are_members(cast: Cast, group: ReviewGroup) -> None:
    for stranger in (cast.marketer, cast.outsider):
        with pytest.raises(Refused, match="no_reviewer"):
            add_group_member(actor=cast.lead, group=group, user=stranger)
        with pytest.raises(Refused, match="no_reviewer"):
            create_group(actor=cast.lead, team=cast.team, name="Legal", members=[stranger])
    assert ReviewGroup.objects.count() == 1


def test_a_name_is_there_once_a_team(cast: Cast, group: ReviewGroup) -> None:
    legal = create_group(actor=cast.lead, team=cast.team, name="Legal")
    with pytest.raises(Refused, match="group_exists"):
        create_group(actor=cast.lead, team=cast.team, name="Editors")
    with pytest.raises(Refused, match="group_exists"):
        rename_group(actor=cast.lead, group=legal, name="Editors")
    make_group(cast.other_team, "Editors")


def test_what_the_policy_names_stays(cast: Cast, group: ReviewGroup) -> None:
    make_policy(cast.team, {"group": group})
    make_policy(cast.team, {}, adjudicators=group)
    make_policy(cast.team)
    with pytest.raises(Refused, match="group_in_use") as caught:
        delete_group(actor=cast.lead, group=group)
    assert "(version 1, 2)" in caught.value.detail
    assert ReviewGroup.objects.filter(pk=group.pk).exists()


def path(group: ReviewGroup, act: str = "") -> str:
    return f"/reviews/settings/groups/{group.pk}/{act}"


def test_a_group_from_the_pages(cast: Cast) -> None:
    client, groups = cast.client("lead"), f"/reviews/settings/{cast.team.pk}/groups/"
    assert "No groups yet" in client.get(groups).content.decode()
    assert client.post(groups, {"name": "Legal", "members": [cast.reviewer.pk]}).status_code == 302
    group = ReviewGroup.objects.get()
    assert list(group.members.all()) == [cast.reviewer]
    assert client.post(path(group, "add/"), {"user": cast.second_reviewer.pk}).status_code == 302
    assert client.post(path(group, "remove/"), {"user": cast.reviewer.pk}).status_code == 302
    assert client.post(path(group, "rename/"), {"name": "Lawyers"}).status_code == 302
    page = client.get(path(group)).content.decode()
    assert "Lawyers" in page
    assert cast.second_reviewer.name in page
    assert client.post(path(group, "delete/")).status_code == 302
    assert not ReviewGroup.objects.exists()


@pytest.mark.parametrize("act", ["rename/", "add/", "remove/", "delete/"])
@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("reviewer", 403), ("outsider", 404)])
def test_wrong_role_and_wrong_team(cast: Cast, group: ReviewGroup, act: str, who: str, status: int) -> None:
    client = cast.client(who)
    assert client.post(path(group, act), {"name": "X", "user": cast.second_reviewer.pk}).status_code == status
    assert client.get(path(group, act)).status_code == 405
    assert client.get(path(group)).status_code == (200 if who == "auditor" else status)
    assert events(group) == []


@pytest.mark.parametrize("given", [{"name": ""}, {"name": "x" * 61}, {"name": "Editors"}])
def test_a_name_that_does_not_fit_comes_back(cast: Cast, group: ReviewGroup, given: dict[str, str]) -> None:
    legal, client = make_group(cast.team, "Legal"), cast.client("lead")
    for target in (path(legal, "rename/"), f"/reviews/settings/{cast.team.pk}/groups/"):
        response = client.post(target, given)
        assert response.status_code == 422
        assert given["name"] in response.content.decode()


@pytest.mark.parametrize("user", ["", "x", "999999999999999999999", "²"])
def test_nobody_of_that_number(cast: Cast, group: ReviewGroup, user: str) -> None:
    for act in ("add/", "remove/"):
        assert cast.client("lead").post(path(group, act), {"user": user}).status_code == 404


def test_who_is_no_reviewer_any_more_is_marked_and_can_be_taken_out(cast: Cast, group: ReviewGroup) -> None:
    Membership.objects.filter(user=cast.reviewer).delete()
    client = cast.client("lead")
    assert "(reviews no more)" in client.get(path(group)).content.decode()
    client.post(path(group, "remove/"), {"user": cast.reviewer.pk})
    assert not group.members.exists()


def test_a_group_in_the_policy_says_why_it_stays(cast: Cast, group: ReviewGroup) -> None:
    make_policy(cast.team, {"group": group})
    client = cast.client("lead")
    page = client.get(path(group)).content.decode()
    assert "Version 1 names this group" in page
    assert "delete/" not in page
    assert client.post(path(group, "delete/"), follow=True).status_code == 200
    assert ReviewGroup.objects.exists()


def test_groups_cost_no_queries(cast: Cast, group: ReviewGroup) -> None:
    client = cast.client("lead")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/reviews/settings/{cast.team.pk}/groups/").status_code == 200
        return len(captured)

    few = queries()
    for number in range(4):
        make_group(cast.team, f"Group {number}", cast.reviewer, cast.second_reviewer)
    assert queries() == few
