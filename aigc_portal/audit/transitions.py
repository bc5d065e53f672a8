"""The only way a status changes: by compare-and-swap, with its event in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction

from aigc_portal.audit.events import record


class StaleState(Exception):
    """Somebody was faster, or the step is not allowed from here. HTTP 409; `obj` is the row as it is now."""

    def __init__(self, obj: StatefulModel, wanted: str) -> None:
        super().__init__(f"{obj._meta.label} {obj.pk} is {obj.status}, not ready for {wanted}")
        self.obj = obj
        self.wanted = wanted


class StatefulModel(models.Model):
    """A model with a `status`, its allowed steps, and a word for its events (`run` gives `run.succeeded`)."""

    TRANSITIONS: ClassVar[Mapping[str, frozenset[str]]] = {}
    EVENT_NOUN: ClassVar[str] = ""

    status: Any

    class Meta:
        abstract = True

    def get_absolute_url(self) -> str:
        raise NotImplementedError


def transition(
    obj: StatefulModel,
    to: str,
    *,
    actor: AbstractBaseUser | None,
    where: Mapping[str, Any] | None = None,
    action: str | None = None,
    data: Mapping[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Move `obj` from the status it was read with to `to`, writing `changes` along.

    `where` narrows the compare-and-swap further (a lease token, say). Raises StaleState unless exactly one row changed;
    then nothing is written. On success `obj` is refreshed.
    """
    old = obj.status
    manager: models.Manager[Any] = type(obj)._default_manager
    with transaction.atomic():
        changed = 0
        if to in obj.TRANSITIONS.get(old, frozenset()):
            rows = manager.filter(pk=obj.pk, status=old, **(where or {}))
            changed = rows.update(status=to, **changes)
        if changed != 1:
            obj.refresh_from_db()
            raise StaleState(obj, to)
        obj.refresh_from_db()
        record(
            action or f"{obj.EVENT_NOUN}.{to.lower()}",
            obj,
            actor=actor,
            before={"status": old},
            after={"status": to},
            **(data or {}),
        )
