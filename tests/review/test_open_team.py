from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from aigc_portal.accounts.models import Team, User
from aigc_portal.audit.models import AuditEvent
from generation.models import Prompt
from review.management.commands.load_demo import load
from tests.cast import PASSWORD, Cast


def opened(*words: str) -> str:
    out = StringIO()
    call_command("open_team", *words, stdout=out)
    return out.getvalue()


def test_an_empty_portal_gets_its_first_team(db: None) -> None:
    text = opened("Harbour", "Ada@Example.test", "--name", "Ada Okafor")
    team, admin = Team.objects.get(), User.objects.get()
    assert (admin.email, admin.name, admin.roles_by_team) == ("ada@example.test", "Ada Okafor", {team.pk: {"admin"}})
    assert Prompt.objects.filter(team=team).exists()
    actions = [event.action for event in AuditEvent.objects.about(admin).order_by("pk")]
    assert actions == ["user.created", "role.granted", "user.password_link_issued"]
    path = re.search(r"^/\S+$", text, re.MULTILINE)
    assert path
    browser = Client()
    address = browser.get(path[0], follow=True).redirect_chain[-1][0]
    browser.post(address, {"password1": PASSWORD, "password2": PASSWORD})
    browser.post("/sign-in/login/", {"login": admin.email, "password": PASSWORD})
    assert browser.get(f"/teams/{team.pk}/").status_code == 200


def test_an_account_with_a_password_keeps_it(cast: Cast) -> None:
    assert "/sign-in/" not in opened("Harbour", cast.admin.email)
    assert User.objects.get(pk=cast.admin.pk).check_password(PASSWORD)


@pytest.mark.parametrize(("team", "email"), [("Tea", "ada@example.test"), ("", "ada@example.test"), ("Rum", "ada")])
def test_what_makes_no_sense_changes_nothing(cast: Cast, team: str, email: str) -> None:
    before = Team.objects.count(), User.objects.count()
    with pytest.raises(CommandError):
        opened(team, email)
    assert (Team.objects.count(), User.objects.count()) == before


def test_the_people_of_the_demo_have_events_too(db: None) -> None:
    people = load(PASSWORD)
    assert AuditEvent.objects.filter(action="user.created").count() == len(people)
    assert all(User.objects.get(email=person["email"]).check_password(PASSWORD) for person in people)
