"""How many there are, as far as anybody counts: up to 999 in a time that does not grow with the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from aigc_portal.accounts.models import User
from review.prepared import READER, SINCE, TEAM, Prepared, of_teams
from review.queue_scope import Scope

MOST = 999


@dataclass(frozen=True)
class Counted:
    """What a page of this view, state and teams lists; with `since` what was decided from that moment on, and with
    `whether` no more than one, which tells whether there are any."""

    view: str
    state: str
    teams: tuple[int, ...]
    since: datetime | None = None
    whether: bool = False

    def statement(self, reader: User) -> tuple[str, list[Any]]:
        """SQL and parameters; it stops at the first of too many, in whichever team. "" where nothing can be there."""
        most = 1 if self.whether else MOST + 1
        found = prepared(self.view, self.state, self.since is not None, most)
        parts = of_teams(found, self.teams, {READER: reader.pk, SINCE: self.since})
        each = " UNION ALL ".join(f"SELECT 1 FROM ({sql}) AS part" for sql, _given in parts)  # noqa: S608
        return f"{each} LIMIT {most}" if parts else "", [one for _sql, given in parts for one in given]


@lru_cache
def prepared(view: str, state: str, since: bool, most: int) -> list[Prepared]:
    """Parts come in the order of their index: without one the planner may read the table from its start."""
    scope = Scope(User(pk=READER), view, state, (TEAM,))
    parts = [part.filter(decided_at__gte=SINCE) if since else part for part in scope.parts() + scope.in_hand()]
    return [Prepared.of(part.values("pk")[:most]) for part in parts]


def bounded_counts(reader: User, of: Mapping[str, Counted]) -> dict[str, int]:
    """The number of rows by name, at most MOST + 1 each. One query."""
    names, counts, parameters = list(of), list[str](), list[Any]()
    for at, counted in enumerate(of.values()):
        sql, given = counted.statement(reader)
        if sql:
            counts.append(f"(SELECT {at}, count(*) FROM ({sql}) AS counted)")  # noqa: S608  # Django's own SQL
            parameters += given
    totals = dict.fromkeys(of, 0)
    if counts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(counts), parameters)
            totals |= {names[at]: number for at, number in cursor.fetchall()}
    return totals


def shown(count: int) -> str:
    """The number as people read it: “999+” where there are more."""
    return _("%(most)s+") % {"most": MOST} if count > MOST else str(count)
