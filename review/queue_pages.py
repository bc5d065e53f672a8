"""A page of the queue: found by place, or by words, in a time that does not grow with depth or with the queue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Q

from aigc_portal.accounts.models import User
from review.prepared import PLACE, READER, TEAM, Prepared, of_teams, rows_of
from review.queue_listed import Listed, listed
from review.queue_order import Place
from review.queue_scope import Scope
from review.search import Search

# A word that stands in every thirtieth text fills a page from so many rows, read in order; where there were some, it is
# worth reading further. A rarer word is found by the index of words, and what it finds is put in order, up to so many
# texts. Beyond them the rows are read in order again.
PROBE, OFTEN, FURTHER = 1_000, 8, (2_000, 2_000)
FOUND = 20_000


@dataclass(frozen=True)
class Wanted:
    """The reviews of this scope that fit the condition and hold the words."""

    scope: Scope
    condition: Q
    search: Search | None = None


def page_of(wanted: Wanted, place: Place | None, size: int) -> tuple[list[Listed], Place | None]:
    """One page after the place, and the place where the next one starts (None at the end)."""
    rows = list[Listed]()
    while True:
        found = places(wanted, place, size + 1)
        rows += hits_among(found[:size], wanted)
        more = len(found) > size
        place = found[size - 1] if more else None
        if not more or not wanted.search or not wanted.search.may_err or len(rows) > size // 2:
            return rows, place


def hits_among(places: list[Place], wanted: Wanted) -> list[Listed]:
    """The reviews at these places, without those in which the pairs of a Chinese passage stand apart."""
    search = wanted.search
    if search is None or not search.may_err:
        return listed(wanted.scope.user, places)
    found = listed(wanted.scope.user, places, with_text=True)
    return [review for review in found if search.holds(f"{review.title}\n{review.text}")]


def places(wanted: Wanted, place: Place | None, limit: int) -> list[Place]:
    """The next ones in order."""
    if wanted.search is None:
        return in_order(wanted, place, Q(), limit)
    found, start = list[Place](), place
    for rows in (PROBE, *FURTHER):
        hits, last = hits_among_next(wanted, wanted.search, start, rows)
        found += hits
        if len(found) >= limit or last is None:
            return found[:limit]
        if len(found) < OFTEN:
            break
        start = last
    found = anywhere(wanted, place)
    if len(found) < FOUND:
        return sorted(found, reverse=wanted.scope.order.downwards)[:limit]
    return in_order(wanted, place, wanted.search.condition_of_each(), limit)


def hits_among_next(wanted: Wanted, search: Search, place: Place | None, rows: int) -> tuple[list[Place], Place | None]:
    """Of so many next rows those whose texts hold the words, and the place of the last row; None where there are fewer.

    One query, which sends nothing but that: to read a thousand rows takes Python longer than PostgreSQL.
    """
    order = wanted.scope.order
    columns = ", ".join(f'"{column}"' for column in order.columns)
    sorting = ", ".join(f'"{column}" {"DESC" if order.downwards else "ASC"}' for column in order.columns)
    parts = next_ones(wanted, place, Q(), rows)
    if not parts:
        return [], None
    sql = HITS.format(columns=columns, sorting=sorting, parts=" UNION ALL ".join(f"({sql})" for sql, _given in parts))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(one for _sql, given in parts for one in given), rows, search.tsquery, rows])
        found = cursor.fetchall()
    hits = [tuple(place) for *place, hit, _rank in found if hit]
    return hits, next((tuple(place) for *place, _hit, rank in found if rank == rows), None)


HITS = """
WITH next AS MATERIALIZED (SELECT * FROM ({parts}) AS parts ORDER BY {sorting} LIMIT %s), ranked AS (
    SELECT next.*, row_number() OVER (ORDER BY {sorting}) AS rank,
        COALESCE((SELECT words @@ %s::tsquery FROM review_searchentry WHERE review_id = next.pk), FALSE) AS hit
    FROM next
)
SELECT {columns}, hit, rank FROM ranked WHERE hit OR rank = %s ORDER BY rank
"""


def in_order(wanted: Wanted, place: Place | None, condition: Q, limit: int) -> list[Place]:
    """The first of every part, and of those the first."""
    found = rows_of(next_ones(wanted, place, condition, limit))
    return sorted(found, reverse=wanted.scope.order.downwards)[:limit]


def next_ones(wanted: Wanted, place: Place | None, condition: Q, limit: int) -> list[tuple[str, list[Any]]]:
    """SQL and parameters of the first of every part."""
    scope = wanted.scope
    parts = prepared(scope.view, scope.state, place is not None, wanted.condition & condition, limit)
    here = {PLACE[column]: value for column, value in zip(scope.order.columns, place or (), strict=False)}
    return of_teams(parts, scope.teams, {READER: scope.user.pk, **here})


@lru_cache(maxsize=256)
def prepared(view: str, state: str, onward: bool, condition: Q, limit: int) -> list[Prepared]:
    """`onward` from a place."""
    scope = Scope(User(pk=READER), view, state, (TEAM,))
    order = scope.order
    place = tuple(PLACE[column] for column in order.columns) if onward else None
    each = [order.beyond(part, place).filter(condition) for part in scope.parts()]
    return [Prepared.of(part.values_list(*order.columns)[:limit]) for part in each]


def anywhere(wanted: Wanted, place: Place | None) -> list[Place]:
    """What holds the words, in no order: the index of words gives it, of all parts at once."""
    if wanted.search is None:
        return []
    order = wanted.scope.order
    hits = order.beyond(wanted.scope.whole(), place).filter(wanted.condition, wanted.search.condition()).order_by()
    return [tuple(row) for row in hits.values_list(*order.columns)[:FOUND]]
