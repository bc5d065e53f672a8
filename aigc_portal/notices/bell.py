"""The bell in the top bar: how many notices are unread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from aigc_portal.accounts.models import User
from aigc_portal.notices.models import Notice

MOST_COUNTED = 99


@dataclass(frozen=True)
class Bell:
    """Asks when a template does: one query, which stops counting after MOST_COUNTED. `active` on the notices' pages."""

    user: User
    active: bool

    @cached_property
    def unread(self) -> int:
        return Notice.objects.visible_to(self.user).unread()[: MOST_COUNTED + 1].count()

    @property
    def shown(self) -> str:
        return f"{MOST_COUNTED}+" if self.unread > MOST_COUNTED else str(self.unread)


def bell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `bell` for signed-in people."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {"bell": Bell(user, active=request.path.startswith("/notices/"))}
