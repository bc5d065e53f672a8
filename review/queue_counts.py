"""How many there are, as far as anybody counts: up to 999 in a time that does not grow with the queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from aigc_portal.accounts.models import User
from review.queue_scope import Scope

MOST = 999
# Every page counts the same: putting its statement together takes longer than the counting, so the parts of it are
# kept. In them these stand for the reader, the team and the day.
READER, TEAM, SINCE = -1, -2, datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Counted:
    """What a page of this view, state and teams lists; with `since` what was decided from that moment on."""

    view: str
    state: str
    teams: tuple[int, ...]
    since: datetime | None = None

    def parts(self, reader: User) -> Iterable[tuple[str, list[Any]]]:
        """SQL and parameters."""
        for at, team in enumerate(self.teams):
            given = {READER: reader.pk, TEAM: team, SINCE: self.since}
            for of_team, sql, parameters in statements(self.view, self.state, self.since is not None, MOST + 1):
                if of_team or at == 0:
                    yield sql, [given.get(parameter, parameter) for parameter in parameters]


@lru_cache
def statements(view: str, state: str, since: bool, most: int) -> list[tuple[bool, str, tuple[Any, ...]]]:
    """Whether it is about one team, its SQL, and its parameters.

    Parts come in the order of their index: without one the planner may read the table from its start.
    """
    scope = Scope(User(pk=READER), view, state, (TEAM,))
    parts = [part.filter(decided_at__gte=SINCE) if since else part for part in scope.parts() + scope.in_hand()]
    compiled = [part.values("pk")[:most].query.sql_with_params() for part in parts]
    return [(TEAM in parameters, sql, parameters) for sql, parameters in compiled]


def bounded_counts(reader: User, of: Mapping[str, Counted]) -> dict[str, int]:
    """The number of rows by name, at most MOST + 1 each. One query."""
    names, counts, parameters = list[str](), list[str](), list[Any]()
    for name, counted in of.items():
        for sql, given in counted.parts(reader):
            counts.append(f"(SELECT {len(names)}, count(*) FROM ({sql}) AS part)")  # noqa: S608  # Django's own SQL
            parameters += given
            names.append(name)
    totals = dict.fromkeys(of, 0)
    if counts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(counts), parameters)
            for at, number in cursor.fetchall():
                totals[names[at]] = min(totals[names[at]] + number, MOST + 1)
    return totals


def shown(count: int) -> str:
    """The number as people read it: “999+” where there are more."""
    return _("%(most)s+") % {"most": MOST} if count > MOST else str(count)
