"""Triggers with which PostgreSQL keeps rows as they were written.

Any session may switch a function of pgtrigger off (`SET pgtrigger.ignore`). These triggers call functions of our own,
which migrations create and which nothing but dropping the trigger itself can silence.
"""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models


class Firm(pgtrigger.Trigger):
    """A trigger whose function `calls` is created by a migration of its app."""

    def __init__(self, *, calls: str, **options: Any) -> None:
        super().__init__(when=pgtrigger.Before, func="RETURN NEW;", **options)
        self.calls = calls

    def render_execute(self, model: type[models.Model] | models.Model) -> str:
        return f"{self.calls}()"


def refuse(name: str, operation: Any, condition: Any = None, level: Any = pgtrigger.Row) -> Firm:
    """Refuse the operation, for rows that meet the condition. A condition needs level Row."""
    return Firm(name=name, operation=operation, condition=condition, level=level, calls="portal_refuse_change")


def no_update_or_delete() -> Firm:
    return refuse("immutable", pgtrigger.Update | pgtrigger.Delete)


def no_delete() -> Firm:
    return refuse("no_delete", pgtrigger.Delete)


def no_truncate() -> Firm:
    return refuse("no_truncate", pgtrigger.Truncate, level=pgtrigger.Statement)


def final_once(*statuses: str) -> Firm:
    """A row that has reached one of these statuses stays as it is."""
    return refuse("closed_is_final", pgtrigger.Update, pgtrigger.Q(old__status__in=statuses))


def fixed(*fields: str) -> Firm:
    """These fields keep the values that they were inserted with."""
    condition = pgtrigger.Q()
    for field in fields:
        condition |= pgtrigger.Q(**{f"old__{field}__df": pgtrigger.F(f"new__{field}")})
    return refuse("subject_is_fixed", pgtrigger.Update, condition)
