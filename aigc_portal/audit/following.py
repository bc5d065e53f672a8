"""How far the log can be read so that a reader who goes on from there misses nothing.

PostgreSQL gives an id out before its transaction commits. An event with a lower id may therefore appear after one with
a higher id, and a reader who only remembers the last id would never see it.
"""

from __future__ import annotations

import time

from django.db import connection

PATIENCE_SECONDS = 1.0
LOOK_SECONDS = 0.01
LONGEST_PAGE = 1000


def settled_id(after: int) -> int:
    """The highest id up to which no event can appear any more; `after` was such an id, or 0.

    Waits a moment for transactions that are writing events now. Where one of them takes longer, the answer stops before
    the first id that is missing, because that may be its.
    """
    last = last_id()
    writing = writers()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while writing and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        writing &= writers()
    return max(last, after) if not writing else last_without_gap(after)


def last_id() -> int:
    """The highest id given out so far, committed or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sequence_last_value(pg_get_serial_sequence('audit_auditevent', 'id')::regclass)")
        return cursor.fetchone()[0] or 0


def writers() -> set[str]:
    """Other sessions' open transactions that have written events: each holds a lock from before it draws an id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'"
            " AND relation = 'audit_auditevent'::regclass AND pid IS DISTINCT FROM pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return {row[0] for row in cursor.fetchall()}


def last_without_gap(after: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(id) FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM audit_auditevent"
            " WHERE id > %s ORDER BY id LIMIT %s) AS next_ones WHERE id = %s + place",
            [after, LONGEST_PAGE, after],
        )
        return cursor.fetchone()[0] or after
