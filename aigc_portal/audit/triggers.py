"""Triggers with which PostgreSQL keeps rows as they were written."""

from __future__ import annotations

import pgtrigger


def no_update_or_delete() -> pgtrigger.Trigger:
    return pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)


def no_delete() -> pgtrigger.Trigger:
    return pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete)


def no_truncate() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
    )
