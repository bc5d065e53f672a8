"""The first team of a portal without demo data, and any further one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from aigc_portal.accounts.actions import add_person, issue_password_link
from aigc_portal.accounts.forms import PersonForm
from aigc_portal.accounts.models import Role, Team
from review.onboarding import open_team


class Command(BaseCommand):
    help = "Open a team with its prompts and reasons, and an admin who adds everybody else."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team", metavar="NAME", help="name of the team")
        parser.add_argument("email", metavar="ADMIN_EMAIL", help="address of its admin; an account there is used")
        parser.add_argument("--name", help="name of the admin (default: the address)")

    def handle(self, *args: Any, team: str, email: str, name: str | None, **options: Any) -> None:
        form = PersonForm({"email": email, "name": name or email, "roles": [Role.ADMIN]})
        try:
            Team(name=team).full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if not form.is_valid():
            raise CommandError(form.errors.as_text())
        with transaction.atomic():
            opened = open_team(actor=None, name=team)
            admin, _created = add_person(actor=None, team=opened, **form.cleaned_data)
            has_password = admin.has_usable_password()
            path = "" if has_password else issue_password_link(actor=None, team=opened, user=admin)
        self.stdout.write(f"The team {opened} is open; {admin.email} is its admin.")
        if path:
            self.stdout.write(
                f"The first password is set on this page of the portal, once and within three days:\n{path}"
            )
