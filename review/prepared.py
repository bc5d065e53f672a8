"""Statements that Django puts together once and every reader uses: that takes longer than PostgreSQL needs to answer.

They are written for stand-ins, whose places among the parameters take the values of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from django.db import connection
from django.db.models import QuerySet

# No row has these: the reader, a moment, and the place where a page begins, by its columns. Where there are several
# teams or keys, the stand-ins of the further ones go on downwards.
READER, SINCE = -1, datetime(1, 1, 1, tzinfo=UTC)
PLACE = {
    "priority": -2,
    "due_at": datetime(1, 1, 2, tzinfo=UTC),
    "decided_at": datetime(1, 1, 3, tzinfo=UTC),
    "pk": -3,
}
TEAM, KEY = -1_000, -1_000_000


@dataclass(frozen=True)
class Prepared:
    sql: str
    parameters: tuple[Any, ...]

    @classmethod
    def of(cls, found: QuerySet[Any, Any]) -> Self:
        return cls(*found.query.sql_with_params())

    def given(self, values: Mapping[Any, Any]) -> list[Any]:
        """The parameters, with these values in the places of their stand-ins."""
        return [values.get(parameter, parameter) for parameter in self.parameters]

    def rows(self, values: Mapping[Any, Any]) -> list[tuple[Any, ...]]:
        return rows_of([(self.sql, self.given(values))])


def of_teams(parts: Iterable[Prepared], teams: Sequence[int], values: Mapping[Any, Any]) -> list[tuple[str, list[Any]]]:
    """SQL and parameters: each part for every team, but once where no team is asked for in it."""
    return [
        (part.sql, part.given({**values, TEAM: team}))
        for at, team in enumerate(teams)
        for part in parts
        if at == 0 or TEAM in part.parameters
    ]


def rows_of(parts: list[tuple[str, list[Any]]]) -> list[tuple[Any, ...]]:
    """The rows of all parts together, in no order. One query."""
    if not parts:
        return []
    with connection.cursor() as cursor:
        sql = " UNION ALL ".join(f"({sql})" for sql, _given in parts)
        cursor.execute(sql, [one for _sql, given in parts for one in given])
        return list(cursor.fetchall())
