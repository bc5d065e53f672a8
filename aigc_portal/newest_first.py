"""Keyset pagination of a list whose newest row comes first: `?before=<pk>` and `?after=<pk>`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import models
from django.http import QueryDict

M = TypeVar("M", bound=models.Model)

PAGE_SIZE = 30


@dataclass(frozen=True)
class Page(Generic[M]):
    """Rows in order, and the addresses of the neighbours ("" where there is none)."""

    rows: list[M]
    newer_url: str
    older_url: str


def page_of(queryset: models.QuerySet[M], query: QueryDict, size: int = PAGE_SIZE) -> Page[M]:
    """The page that the query string asks for; its other parameters stay in the addresses."""
    before, after = key_in(query, "before"), key_in(query, "after")
    if after is not None:
        found = list(queryset.filter(pk__gt=after).order_by("pk")[: size + 1])
        rows = found[:size][::-1]
        has_newer, has_older = len(found) > size, True
    else:
        wanted = queryset if before is None else queryset.filter(pk__lt=before)
        found = list(wanted.order_by("-pk")[: size + 1])
        rows = found[:size]
        has_newer, has_older = before is not None, len(found) > size
    return Page(
        rows,
        newer_url=address(query, "after", rows[0].pk) if rows and has_newer else "",
        older_url=address(query, "before", rows[-1].pk) if rows and has_older else "",
    )


def key_in(query: QueryDict, name: str) -> int | None:
    given = query.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


def address(query: QueryDict, name: str, pk: int) -> str:
    kept = query.copy()
    for key in ("before", "after"):
        kept.pop(key, None)
    kept[name] = str(pk)
    return f"?{kept.urlencode()}"
