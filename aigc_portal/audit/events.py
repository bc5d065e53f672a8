"""Writing events: inside the business transaction, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction

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
    return AuditEvent.objects.create(
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
