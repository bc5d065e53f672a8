"""Who may read the log. `audit` knows people only by what AUTH_USER_MODEL offers: `teams_as(role)`."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

AUDITOR = "auditor"


def teams_read_by(request: Any) -> list[int]:
    """Ids of the teams whose events the user of the request may read. Raises PermissionDenied where there is none."""
    teams = cast("list[int]", request.user.teams_as(AUDITOR))
    if not teams:
        raise PermissionDenied(_("This needs the role of an auditor."))
    return teams
