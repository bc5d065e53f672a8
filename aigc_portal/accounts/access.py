"""Deny by default: outside the team a thing does not exist (404), without the role it is refused (403)."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from aigc_portal.accounts.models import Role, User
from aigc_portal.accounts.team_owned import TeamQuerySet

M = TypeVar("M", bound=models.Model)


def signed_in(request: HttpRequest) -> User:
    """The user of a request that LoginRequiredMiddleware let through."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def require_role(user: User, team_id: int, *roles: str) -> None:
    """Raise PermissionDenied unless the user holds one of the roles in the team."""
    if not user.has_role(team_id, *roles):
        names = " / ".join(str(Role(role).label) for role in roles)
        raise PermissionDenied(_("This needs the role %(roles)s in this team.") % {"roles": names})


def require_any_role(user: User, *roles: str) -> list[int]:
    """Ids of the teams in which the user holds one of the roles; PermissionDenied where there is none."""
    teams = user.teams_as(*roles)
    if not teams:
        names = " / ".join(str(Role(role).label) for role in roles)
        raise PermissionDenied(_("This needs the role %(roles)s.") % {"roles": names})
    return teams


def get_visible(queryset: TeamQuerySet[M], user: User, pk: int) -> M:
    """The row, or Http404 where it does not exist or belongs to a team the user is not in."""
    return get_object_or_404(queryset.visible_to(user), pk=pk)
