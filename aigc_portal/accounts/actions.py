"""What people do with accounts: people and their roles, language, API tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import ApiToken, Membership, Role, Team, User
from aigc_portal.accounts.password_link import first_password_path
from aigc_portal.accounts.personal_events import record_for_each_team
from aigc_portal.audit.events import record
from aigc_portal.problems import Refused


@transaction.atomic
def add_member(*, actor: User | None, team: Team, user: User, role: str) -> Membership:
    """Give the user a role in the team; nothing happens where it is held already. `actor` None is the portal itself."""
    if actor is not None:
        require_role(actor, team.pk, Role.ADMIN)
    membership, created = Membership.objects.get_or_create(team=team, user=user, role=role)
    if created:
        record("role.granted", user, actor=actor, team_id=team.pk, after={"role": role})
    return membership


@transaction.atomic
def remove_member(*, actor: User, membership: Membership) -> None:
    """Take one role away. The last admin of a team stays."""
    require_role(actor, membership.team_id, Role.ADMIN)
    admins = Membership.objects.select_for_update().filter(team_id=membership.team_id, role=Role.ADMIN)
    if membership.role == Role.ADMIN and len(admins) == 1:
        raise Refused("last_admin", _("A team keeps at least one admin. Make somebody else admin first."))
    removed, _rows = Membership.objects.filter(pk=membership.pk).delete()
    if removed:
        before = {"role": membership.role}
        record("role.revoked", membership.user, actor=actor, team_id=membership.team_id, before=before)


@transaction.atomic
def add_person(*, actor: User | None, team: Team, email: str, name: str, roles: Sequence[str]) -> tuple[User, bool]:
    """The person with the roles in the team, and whether the account is new. `actor` None is the portal itself.

    An account of that address is used as it is, whatever the name; a new one cannot sign in until a password is set.
    """
    if actor is not None:
        require_role(actor, team.pk, Role.ADMIN)
    user = User.objects.filter(email__iexact=email).first()
    created = user is None
    if user is None:
        user = User.objects.create_user(email, name=name)
        record("user.created", user, actor=actor, team_id=team.pk, after={"email": user.email, "name": name})
    for role in roles:
        add_member(actor=actor, team=team, user=user, role=role)
    return user, created


@transaction.atomic
def issue_password_link(*, actor: User | None, team: Team, user: User) -> str:
    """The path of a page where the person sets the first password; it works once and for three days.

    Who holds the link holds the account, so the actor must administer all of the person's teams, and the person must
    have no password yet; else Refused. `actor` None is the portal itself.
    """
    if actor is not None:
        require_role(actor, team.pk, Role.ADMIN)
        if not set(user.roles_by_team) <= set(actor.teams_as(Role.ADMIN)):
            detail = _("%(name)s is in other teams too. The link needs somebody who is admin of all of them.")
            raise Refused("admin_of_all_teams_needed", detail % {"name": user}, status=403)
    if user.has_usable_password():
        detail = _("%(name)s has a password already and can ask for a new one on the sign-in page.")
        raise Refused("password_is_set", detail % {"name": user})
    record_for_each_team("user.password_link_issued", user, actor=actor)
    return first_password_path(user)


@transaction.atomic
def choose_language(*, actor: User, language: str) -> None:
    """The language of the interface; "" follows the browser."""
    before, actor.language = actor.language, language
    actor.save(update_fields=["language"])
    if language != before:
        values = {"before": {"language": before}, "after": {"language": language}}
        record_for_each_team("user.language_chosen", actor, actor=actor, **values)


@transaction.atomic
def issue_token(*, actor: User, name: str, days: int = 90) -> tuple[ApiToken, str]:
    """A token of the API and its text, which is shown this once and never stored."""
    token, text = ApiToken.objects.create(user=actor, expiry=timedelta(days=days), name=name)
    record_for_each_team("token.issued", actor, actor=actor, after={"name": name, "key": token.token_key})
    return token, text


@transaction.atomic
def revoke_token(*, actor: User, token: ApiToken) -> None:
    """The token stops working at once."""
    removed, _rows = ApiToken.objects.filter(pk=token.pk).delete()
    if removed:
        before = {"name": token.name, "key": token.token_key}
        record_for_each_team("token.revoked", actor, actor=actor, before=before)
