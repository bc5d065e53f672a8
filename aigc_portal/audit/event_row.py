"""One event as people read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from aigc_portal.audit.labels import Label, action_label, type_label
from aigc_portal.audit.models import AuditEvent


@dataclass(frozen=True)
class Change:
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class EventRow:
    """`changes` is what was different before and after; `details` is whatever else explains the act.

    `reflexive` where the actor is the object.
    """

    event: AuditEvent
    phrase: Label
    type: Label
    changes: list[Change]
    details: dict[str, str]
    reflexive: bool


def row_of(event: AuditEvent) -> EventRow:
    before, after = flat(event.data.get("before", {})), flat(event.data.get("after", {}))
    names = list(dict.fromkeys([*before, *after]))
    return EventRow(
        event=event,
        phrase=action_label(event.action),
        type=type_label(event.target_type),
        changes=[
            Change(name, before.get(name, ""), after.get(name, ""))
            for name in names
            if before.get(name) != after.get(name)
        ],
        details=flat({name: value for name, value in event.data.items() if name not in ("before", "after")}),
        reflexive=(event.target_type, event.target_id) == (settings.AUTH_USER_MODEL.lower(), str(event.actor_id)),
    )


def flat(value: Any, name: str = "") -> dict[str, str]:
    """A JSON value as lines: {"values": {"topic": "Tea"}} becomes {"values.topic": "Tea"}."""
    if isinstance(value, dict):
        lines: dict[str, str] = {}
        for key, part in value.items():
            lines |= flat(part, f"{name}.{key}" if name else str(key))
        return lines
    if value is None:
        return {name: ""}
    return {name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}
