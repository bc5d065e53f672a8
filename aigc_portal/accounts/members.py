"""The people of a team, each with what they may do there."""

from __future__ import annotations

from dataclasses import dataclass

from aigc_portal.accounts.models import Membership, Role, Team, User


@dataclass(frozen=True)
class HeldRole:
    """`is_last_admin` marks the one that the team cannot do without."""

    role: Role
    is_last_admin: bool


@dataclass(frozen=True)
class Member:
    user: User
    roles: list[HeldRole]
    missing: list[Role]


def members_of(team: Team) -> list[Member]:
    """By name. One query."""
    held: dict[User, set[str]] = {}
    for membership in Membership.objects.filter(team=team).select_related("user").order_by("user__name", "user_id"):
        held.setdefault(membership.user, set()).add(membership.role)
    admins = sum(Role.ADMIN in roles for roles in held.values())
    return [
        Member(
            user=user,
            roles=[HeldRole(role, role == Role.ADMIN and admins == 1) for role in Role if role in roles],
            missing=[role for role in Role if role not in roles],
        )
        for user, roles in held.items()
    ]
