from __future__ import annotations

from aigc_portal.accounts.models import Membership, Role, Team, User


def also_reviewer(user: User, team: Team) -> User:
    """The user as read anew, with the reviewer's role on top."""
    Membership.objects.create(team=team, user=user, role=Role.REVIEWER)
    return User.objects.get(pk=user.pk)
