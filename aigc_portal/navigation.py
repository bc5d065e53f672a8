"""What stands in the navigation bar: what the roles of the signed-in person can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aigc_portal.accounts.models import Role, User


@dataclass(frozen=True)
class Section:
    key: str
    label: str | Promise
    url_name: str
    prefixes: tuple[str, ...]
    roles: frozenset[str]


LEARNING = ("/datasets", "/models", "/workers")
WRITING = ("/briefs", "/runs", "/drafts", "/prompts", "/models")
ADMINISTERING = ("/teams", "/workers", "/limits")
SECTIONS = (
    Section("write", _("Write"), "generation:briefs", WRITING, frozenset({Role.MARKETER})),
    Section("review", _("Review"), "review:reviews", ("/reviews",), frozenset({Role.REVIEWER, Role.LEAD})),
    Section("learn", _("Learn"), "review:datasetexports", LEARNING, frozenset({Role.ENGINEER})),
    Section("audit", _("Audit"), "audit:auditevents", ("/audit",), frozenset({Role.AUDITOR})),
    Section("admin", pgettext_lazy("navigation", "Admin"), "accounts:teams", ADMINISTERING, frozenset({Role.ADMIN})),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation`, a list of {key, label, url, active}."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"navigation": []}
    return {
        "navigation": [
            {
                "key": section.key,
                "label": section.label,
                "url": reverse(section.url_name),
                "active": request.path.startswith(section.prefixes),
            }
            for section in SECTIONS
            if section.roles & user.roles
        ],
    }
