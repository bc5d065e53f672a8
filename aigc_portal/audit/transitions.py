"""The only way a status changes: by compare-and-swap, with its event in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models.sql import UpdateQuery

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
    then nothing is written. On success `obj` is as it was written.
    """
    old = obj.status
    swapped = False
    with transaction.atomic(savepoint=False):
        if to in obj.TRANSITIONS.get(old, frozenset()):
            swapped = swap(obj, {"status": old, **(where or {})}, {"status": to, **changes})
        if swapped:
            record(
                action or f"{obj.EVENT_NOUN}.{to.lower()}",
                obj,
                actor=actor,
                before={"status": old},
                after={"status": to},
                **(data or {}),
            )
    if not swapped:
        obj.refresh_from_db()
        raise StaleState(obj, to)


def swap(obj: models.Model, expected: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Write the values where the row is as expected, and read all of it back into `obj`, in one statement.

    What `obj` has read of other rows stays, but for lists and for what its foreign keys name no longer. Django's own
    `update` returns no rows, and a second statement to read them would be a third of what a claim costs.
    """
    rows: models.QuerySet[Any] = type(obj)._base_manager.filter(pk=obj.pk, **expected)
    update = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    update.add_update_values(dict(values))
    compiler = update.get_compiler(rows.db)
    sql, params = compiler.as_sql()
    returned, converters, names = whole_row(type(obj))
    with compiler.connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {returned}", params)
        written = cursor.fetchall()
    for row in compiler.apply_converters(written, converters):
        for name, value in zip(names, row, strict=True):
            setattr(obj, name, value)
        vars(obj).pop("_prefetched_objects_cache", None)
    return bool(written)


@cache
def whole_row(model: type[models.Model]) -> tuple[str, Any, list[str]]:
    """SQL of all columns, Django's converters of their values, and the attributes that they fill."""
    compiler = model._base_manager.all().query.get_compiler(DEFAULT_DB_ALIAS)
    columns = [field.get_col(model._meta.db_table) for field in model._meta.concrete_fields]
    returned = ", ".join(compiler.compile(column)[0] for column in columns)
    return returned, compiler.get_converters(columns), [column.target.attname for column in columns]
