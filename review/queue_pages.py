"""A page of the queue: found by place, or by words, in a time that does not grow with depth or with the queue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Coalesce, Left, NullIf

from review.models import Review, ReviewQuerySet, SearchEntry
from review.queue_order import Place, QueueOrder
from review.search import Search

EXCERPT = 160
# What a row shows of a review, and what tells what its reader may do with it. Nothing else is read: making objects of
# whole rows takes longer than all that PostgreSQL does for a page.
READ = (
    *("status", "team", "language", "channel", "priority", "due_at", "step", "disputed", "policy", "group", "barred"),
    *("gold", "assigned_to", "claimed_by", "claimed_until", "decided_at", "draft__contributors"),
)
# A word that stands in every thirtieth text fills a page from so many rows, read in order; where there were some, it is
# worth reading further. A rarer word is found by the index of words, and what it finds is put in order, up to so many
# texts. Beyond them the rows are read in order again.
PROBE, OFTEN, FURTHER = 1_000, 8, (2_000, 2_000)
FOUND = 20_000


@dataclass(frozen=True)
class Wanted:
    """Rows of these parts, each served in order by an index, that fit the condition and hold the words. `whole` are all
    parts in one."""

    parts: list[ReviewQuerySet]
    whole: ReviewQuerySet
    order: QueueOrder
    condition: Q
    search: Search | None = None


def page_of(wanted: Wanted, place: Place | None, size: int) -> tuple[list[Any], Place | None]:
    """One page after the place, and the place where the next one starts (None at the end)."""
    rows: list[Any] = []
    while True:
        found = places(wanted, place, size + 1)
        rows += hits_among(found[:size], wanted)
        more = len(found) > size
        place = found[size - 1] if more else None
        if not more or not wanted.search or not wanted.search.may_err or len(rows) > size // 2:
            return rows, place


def hits_among(places: list[Place], wanted: Wanted) -> list[Any]:
    """The reviews at these places, without those in which the pairs of a Chinese passage stand apart."""
    search = wanted.search
    if search is None or not search.may_err:
        return in_full(places)
    found = in_full(places, "draft__text")
    return [review for review in found if search.holds(f"{review.title}\n{review.draft.text}")]


def places(wanted: Wanted, place: Place | None, limit: int) -> list[Place]:
    """The next ones in order."""
    if wanted.search is None:
        return in_order(wanted, place, Q(), limit)
    found, start = list[Place](), place
    for rows in (PROBE, *FURTHER):
        near = in_order(wanted, start, Q(), rows)
        found += hits_of(near, wanted.search)
        if len(found) >= limit or len(near) < rows:
            return found[:limit]
        if len(found) < OFTEN:
            break
        start = near[-1]
    found = anywhere(wanted, place)
    if len(found) < FOUND:
        return sorted(found, reverse=wanted.order.downwards)[:limit]
    return in_order(wanted, place, wanted.search.condition_of_each(), limit)


def hits_of(near: list[Place], search: Search) -> list[Place]:
    """Those of them whose texts hold the words."""
    entries = SearchEntry.objects.filter(search.condition_of_each("words"))
    hits = set(entries.filter(pk__in=[row[-1] for row in near]).values_list("pk", flat=True))
    return [row for row in near if row[-1] in hits]


def in_order(wanted: Wanted, place: Place | None, condition: Q, limit: int) -> list[Place]:
    order = wanted.order
    each = [order.sort(order.beyond(part, place).filter(wanted.condition, condition)) for part in wanted.parts]
    return united(wanted, each, limit)


def anywhere(wanted: Wanted, place: Place | None) -> list[Place]:
    """What holds the words, in no order: the index of words gives it, of all parts at once."""
    if wanted.search is None:
        return []
    order = wanted.order
    hits = order.beyond(wanted.whole, place).filter(wanted.condition, wanted.search.condition()).order_by()
    return [tuple(row) for row in hits.values_list(*order.columns)[:FOUND]]


def united(wanted: Wanted, each: list[ReviewQuerySet], limit: int) -> list[Place]:
    """The first of every part, and of those the first."""
    limited = [part.values_list(*wanted.order.columns)[:limit] for part in each]
    if len(limited) < 2:
        return [tuple(row) for part in limited for row in part]
    together = limited[0].union(*limited[1:], all=True)
    return [tuple(row) for row in sorted(together, reverse=wanted.order.downwards)[:limit]]


def in_full(places: Iterable[Place], *more: str) -> list[Any]:
    """The reviews as a row shows them, in the order of the places, with what else is asked for. One query."""
    ranks = {place[-1]: rank for rank, place in enumerate(places)}
    found = for_rows(Review.for_reviewers.filter(pk__in=ranks)).only(*READ, *more)
    return sorted(found, key=lambda review: ranks[review.pk])


def for_rows(found: ReviewQuerySet) -> ReviewQuerySet:
    """With the names that a row shows; `excerpt` is the beginning of the text under review."""
    return found.select_related("draft").annotate(
        title=F("draft__brief__title"),
        excerpt=Left("current_draft__text", EXCERPT),
        author=named("draft__author"),
        holder=named("claimed_by"),
        assignee=named("assigned_to"),
        decider=named("decided_by"),
        group_name=F("group__name"),
    )


def named(person: str) -> Coalesce:
    """As str() of a user."""
    return Coalesce(NullIf(F(f"{person}__name"), Value("")), f"{person}__email", output_field=CharField())
