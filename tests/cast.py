"""The cast of the tests: one team with every role, and an outsider in another."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client

from aigc_portal.accounts.models import Membership, Role, Team, User

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Cast:
    """`second_marketer` sees the same team; `outsider` holds every role, in another team."""

    team: Team
    other_team: Team
    marketer: User
    second_marketer: User
    reviewer: User
    second_reviewer: User
    third_reviewer: User
    lead: User
    auditor: User
    engineer: User
    admin: User
    outsider: User

    def client(self, name: str) -> Client:
        """A browser in which this member of the cast is signed in."""
        client = Client()
        client.force_login(getattr(self, name), backend="allauth.account.auth_backends.AuthenticationBackend")
        return client


def make_user(name: str, team: Team, *roles: str) -> User:
    user = User.objects.create_user(f"{name.replace(' ', '.')}@example.test", PASSWORD, name=name.title())
    Membership.objects.bulk_create(Membership(user=user, team=team, role=role) for role in roles)
    return user


@pytest.fixture
def cast(db: None) -> Cast:
    team = Team.objects.create(name="Tea")
    other = Team.objects.create(name="Coffee")
    return Cast(
        team=team,
        other_team=other,
        marketer=make_user("marketer", team, Role.MARKETER),
        second_marketer=make_user("second marketer", team, Role.MARKETER),
        reviewer=make_user("reviewer", team, Role.REVIEWER),
        second_reviewer=make_user("second reviewer", team, Role.REVIEWER),
        third_reviewer=make_user("third reviewer", team, Role.REVIEWER),
        lead=make_user("lead", team, Role.LEAD),
        auditor=make_user("auditor", team, Role.AUDITOR),
        engineer=make_user("engineer", team, Role.ENGINEER),
        admin=make_user("admin", team, Role.ADMIN),
        outsider=make_user("outsider", other, *Role.values),
    )
