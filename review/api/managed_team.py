"""Which team a lead means who names none."""

from __future__ import annotations

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from aigc_portal.accounts.access import require_any_role
from aigc_portal.accounts.models import Team, User
from review.actions.policies import MANAGERS


def managed_team(user: User, asked: int | None) -> Team:
    """The team that was asked for, or the only one that the user manages the reviews of. The action checks the role.

    Raises Http404 outside one's teams, PermissionDenied without any to manage, ValidationError where there are several.
    """
    if asked is not None:
        if asked not in user.roles_by_team:
            raise Http404
        return Team.objects.get(pk=asked)
    teams = require_any_role(user, *MANAGERS)
    if len(teams) > 1:
        raise ValidationError({"team": [_("You lead several teams; name one.")]})
    return Team.objects.get(pk=teams[0])
