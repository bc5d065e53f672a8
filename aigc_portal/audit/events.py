"""Writing events: inside the business transaction, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DEFAULT_DB_ALIAS, connection, models, transaction

from aigc_portal.audit.context import current_origin
from aigc_portal.audit.models import AuditEvent


class EventOutsideTransaction(RuntimeError):
    """An act and its event must commit together."""


def record(
    action: str,
    target: models.Model,
    *,
    actor: AbstractBaseUser | None,
    team_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **data: Any,
) -> AuditEvent:
    """Append one event about `target`; the team is the target's own unless given.

    Raises EventOutsideTransaction outside `transaction.atomic`.
    """
    if not transaction.get_connection().in_atomic_block:
        raise EventOutsideTransaction(f"{action} recorded outside a transaction")
    if before or after:
        data |= {"before": dict(before or {}), "after": dict(after or {})}
    origin = current_origin.get()
    event = AuditEvent(
        actor=cast(Any, actor),
        actor_name=str(actor or ""),
        team_id=team_id if team_id is not None else getattr(target, "team_id", None),
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=str(target)[:200],
        data=data,
        request_id=origin.request_id,
        ip=origin.ip,
        user_agent=origin.user_agent,
    )
    append(event)
    return event


def append(event: AuditEvent) -> None:
    """As `event.save()` would. Every act waits for it, and Django would put the same statement together each time."""
    sql, fields = insertion()
    with connection.cursor() as cursor:
        cursor.execute(sql, [field.get_db_prep_save(getattr(event, field.attname), connection) for field in fields])
        event.pk, event.at = cursor.fetchone()
    event._state.adding, event._state.db = False, DEFAULT_DB_ALIAS


@cache
def insertion() -> tuple[str, list[Any]]:
    """The statement, and the fields of its parameters in their order."""
    fields = [field for field in AuditEvent._meta.concrete_fields if field.attname not in ("id", "at")]
    columns, values = ", ".join(str(field.column) for field in fields), ", ".join("%s" for _field in fields)
    return f"INSERT INTO {AuditEvent._meta.db_table} ({columns}) VALUES ({values}) RETURNING id, at", fields  # noqa: S608
