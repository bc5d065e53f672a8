from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Membership, Role, User
from aigc_portal.audit.models import AuditEvent
from tests.cast import Cast, make_user

PERSON = {"email": "New.Person@Example.test", "name": "New Person", "roles": ["marketer", "reviewer"]}


def page(client: Client, cast: Cast) -> str:
    return client.get(f"/teams/{cast.team.pk}/").content.decode()


def roles_of(user: User, cast: Cast) -> set[str]:
    return set(Membership.objects.filter(user=user, team=cast.team).values_list("role", flat=True))


def test_lists_own_teams(cast: Cast) -> None:
    text = cast.client("marketer").get("/teams/").content.decode()
    assert "Tea" in text
    assert "Coffee" not in text


def test_without_a_team(cast: Cast) -> None:
    Membership.objects.filter(user=cast.marketer).delete()
    assert "in no team yet" in cast.client("marketer").get("/teams/").content.decode()


def test_members_see_people_and_nothing_to_change(cast: Cast) -> None:
    text = page(cast.client("marketer"), cast)
    assert "Second Reviewer" in text
    assert "Outsider" not in text
    assert "Add a person" not in text
    assert "/revoke/" not in text


def test_other_teams_do_not_exist(cast: Cast) -> None:
    client = cast.client("outsider")
    assert client.get(f"/teams/{cast.team.pk}/").status_code == 404
    assert client.post(f"/teams/{cast.team.pk}/", PERSON).status_code == 404
    for path in ("grant", "revoke", "password-link"):
        address = f"/teams/{cast.team.pk}/people/{cast.marketer.pk}/{path}/"
        assert client.post(address, {"role": "marketer"}).status_code == 404


def test_only_admins_change(cast: Cast) -> None:
    client = cast.client("reviewer")
    assert client.post(f"/teams/{cast.team.pk}/", PERSON).status_code == 403
    for path in ("grant", "revoke", "password-link"):
        address = f"/teams/{cast.team.pk}/people/{cast.marketer.pk}/{path}/"
        assert client.post(address, {"role": "marketer"}).status_code == 403


@pytest.mark.parametrize("path", ["grant", "revoke", "password-link"])
def test_changes_are_posts(cast: Cast, path: str) -> None:
    address = f"/teams/{cast.team.pk}/people/{cast.marketer.pk}/{path}/"
    assert cast.client("admin").get(address).status_code == 405


def test_adds_a_new_person_who_then_signs_in(cast: Cast) -> None:
    client = cast.client("admin")
    answer = client.post(f"/teams/{cast.team.pk}/", PERSON)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    person = User.objects.get(email="new.person@example.test")
    assert roles_of(person, cast) == {"marketer", "reviewer"}
    assert not person.has_usable_password()
    shown = re.search(r'id="secret">http://testserver(/[^<]+)<', answer.content.decode())
    assert shown
    assert 'id="secret"' not in page(client, cast)
    browser = Client()
    address = browser.get(shown[1], follow=True).redirect_chain[-1][0]
    browser.post(address, {"password1": "her very own words", "password2": "her very own words"})
    browser.post("/sign-in/login/", {"login": person.email, "password": "her very own words"})
    assert browser.get("/").headers["Location"] == "/briefs/"
    events = AuditEvent.objects.about(person).filter(team=cast.team, actor=cast.admin).order_by("pk")
    assert [event.action for event in events] == [
        "user.created",
        "role.granted",
        "role.granted",
        "user.password_link_issued",
    ]


def test_adds_somebody_who_has_an_account(cast: Cast) -> None:
    client = cast.client("admin")
    fields = PERSON | {"email": cast.outsider.email, "name": "Somebody Else"}
    client.post(f"/teams/{cast.team.pk}/", fields)
    cast.outsider.refresh_from_db()
    assert cast.outsider.name == "Outsider"
    assert roles_of(cast.outsider, cast) == {"marketer", "reviewer"}
    text = page(client, cast)
    assert f"{cast.outsider.email} had an account already" in text
    assert "Outsider had an account" not in text
    assert 'id="secret"' not in text


def test_an_addition_needs_a_role_and_an_address(cast: Cast) -> None:
    response = cast.client("admin").post(f"/teams/{cast.team.pk}/", {"email": "nonsense", "name": "Typed Name"})
    assert response.status_code == 422
    text = response.content.decode()
    assert "Choose at least one role." in text
    assert "Typed Name" in text


def test_grants_and_revokes(cast: Cast) -> None:
    client = cast.client("admin")
    address = f"/teams/{cast.team.pk}/people/{cast.marketer.pk}"
    assert client.post(f"{address}/grant/", {"role": "auditor"}).status_code == 302
    assert roles_of(cast.marketer, cast) == {"marketer", "auditor"}
    assert client.post(f"{address}/revoke/", {"role": "marketer"}).status_code == 302
    assert roles_of(cast.marketer, cast) == {"auditor"}
    events = AuditEvent.objects.about(cast.marketer).order_by("pk")
    assert [(event.action, event.actor) for event in events] == [
        ("role.granted", cast.admin),
        ("role.revoked", cast.admin),
    ]


def test_granting_twice_is_one_role(cast: Cast) -> None:
    client = cast.client("admin")
    for _time in range(2):
        client.post(f"/teams/{cast.team.pk}/people/{cast.marketer.pk}/grant/", {"role": "auditor"})
    assert AuditEvent.objects.about(cast.marketer).count() == 1


def test_an_unknown_role_changes_nothing(cast: Cast) -> None:
    client = cast.client("admin")
    client.post(f"/teams/{cast.team.pk}/people/{cast.marketer.pk}/grant/", {"role": "emperor"})
    assert roles_of(cast.marketer, cast) == {"marketer"}
    address = f"/teams/{cast.team.pk}/people/{cast.marketer.pk}/revoke/"
    assert client.post(address, {"role": "emperor"}).status_code == 404


def test_roles_go_to_members_only(cast: Cast) -> None:
    """A person of another team is added by address, not by guessing numbers."""
    address = f"/teams/{cast.team.pk}/people/{cast.outsider.pk}/grant/"
    assert cast.client("admin").post(address, {"role": "marketer"}).status_code == 404


def test_the_last_admin_stays(cast: Cast) -> None:
    client = cast.client("admin")
    address = f"/teams/{cast.team.pk}/people/{cast.admin.pk}/revoke/"
    assert client.post(address, {"role": "admin"}).status_code == 409
    assert roles_of(cast.admin, cast) == {"admin"}
    assert address not in page(client, cast)


def test_one_of_two_admins_may_leave(cast: Cast) -> None:
    make_user("second admin", cast.team, Role.ADMIN)
    client = cast.client("admin")
    response = client.post(f"/teams/{cast.team.pk}/people/{cast.admin.pk}/revoke/", {"role": "admin"})
    assert response.headers["Location"] == "/teams/"
    assert roles_of(cast.admin, cast) == set()


def test_no_link_into_an_account_that_has_a_password(cast: Cast) -> None:
    address = f"/teams/{cast.team.pk}/people/{cast.marketer.pk}/password-link/"
    assert cast.client("admin").post(address).status_code == 409


def invited(cast: Cast) -> tuple[User, str]:
    """A member without a password, and where an admin of the team asks for a link."""
    person = User.objects.create_user("invited@example.test", name="Invited")
    Membership.objects.create(user=person, team=cast.team, role=Role.MARKETER)
    return person, f"/teams/{cast.team.pk}/people/{person.pk}/password-link/"


def test_a_new_link_for_who_has_no_password(cast: Cast) -> None:
    person, address = invited(cast)
    assert 'id="secret"' in cast.client("admin").post(address).content.decode()
    assert AuditEvent.objects.about(person).get().team == cast.team


def test_no_link_into_an_account_of_another_team(cast: Cast) -> None:
    """Whoever holds the link would hold the account, in every team."""
    person, address = invited(cast)
    Membership.objects.create(user=person, team=cast.other_team, role=Role.ENGINEER)
    answer = cast.client("admin").post(address)
    assert answer.status_code == 403
    assert "in other teams too" in answer.content.decode()
    assert not AuditEvent.objects.about(person).exists()


def test_an_admin_of_all_the_teams_gives_the_link_and_all_auditors_see_it(cast: Cast) -> None:
    person, address = invited(cast)
    Membership.objects.create(user=person, team=cast.other_team, role=Role.ENGINEER)
    Membership.objects.create(user=cast.admin, team=cast.other_team, role=Role.ADMIN)
    assert 'id="secret"' in cast.client("admin").post(address).content.decode()
    assert {event.team for event in AuditEvent.objects.about(person)} == {cast.team, cast.other_team}


def test_queries_do_not_grow_with_the_people(cast: Cast) -> None:
    client = cast.client("admin")
    client.get(f"/teams/{cast.team.pk}/")
    with CaptureQueriesContext(connection) as few:
        page(client, cast)
    for number in range(10):
        make_user(f"person {number}", cast.team, Role.MARKETER, Role.REVIEWER)
    with CaptureQueriesContext(connection) as many:
        page(client, cast)
    assert len(few) == len(many)


@pytest.mark.parametrize(
    ("who", "leads_there"),
    [("admin", True), ("lead", True), ("auditor", True), ("reviewer", False), ("marketer", False)],
)
def test_who_reads_the_settings_of_review_finds_them(cast: Cast, who: str, leads_there: bool) -> None:
    assert (f'href="/reviews/settings/{cast.team.pk}/policy/"' in page(cast.client(who), cast)) is leads_there
