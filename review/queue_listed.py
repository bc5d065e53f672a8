"""What the queue reads of a review: what its row shows, and what tells what the reader may do with it.

Nothing else is read, and rows are not made objects of models: that takes longer than all that PostgreSQL does for a
page.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import CharField, Count, Exists, F, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Left, NullIf

from aigc_portal.accounts.models import User
from review.models import DECIDED, OPEN, PolicyStep, Review, ReviewGroup
from review.prepared import KEY, READER, Prepared
from review.queue_order import Place

EXCERPT = 160


class Listed(NamedTuple):
    """`excerpt` is the beginning of the text under review, `text` the submitted one where it is asked for. `step_name`
    is that of the step it is at, of `steps`; `in_group` says whether the reader belongs to the group that is asked."""

    pk: int
    team_id: int
    status: str
    title: str
    excerpt: str
    text: str
    language: str
    channel: str
    author: str
    contributors: list[int]
    barred: list[int]
    priority: int
    due_at: datetime
    decided_at: datetime | None
    decider: str | None
    step: int
    steps: int
    step_name: str | None
    disputed: bool
    group_id: int | None
    group_name: str | None
    in_group: bool
    gold_id: int | None
    assigned_to_id: int | None
    assignee: str | None
    claimed_by_id: int | None
    holder: str | None
    claimed_until: datetime | None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_decided(self) -> bool:
        return self.status in DECIDED


def listed(reader: User, places: Iterable[Place], *, with_text: bool = False) -> list[Listed]:
    """The reviews at these places, in their order. One query."""
    keys = [place[-1] for place in places]
    if not keys:
        return []
    given = {READER: reader.pk} | {KEY - at: key for at, key in enumerate(keys)}
    found = {row[0]: Listed._make(row) for row in statement(len(keys), with_text).rows(given)}
    return [found[key] for key in keys if key in found]


@lru_cache(maxsize=128)
def statement(count: int, with_text: bool) -> Prepared:
    columns = COLUMNS | {"text": F("draft__text")} if with_text else COLUMNS
    found = Review.for_reviewers.values_list(*(columns.get(name, name) for name in Listed._fields))
    return Prepared.of(found.filter(pk__in=[KEY - at for at in range(count)]))


def named(person: str) -> Coalesce:
    """As str() of a user."""
    return Coalesce(NullIf(F(f"{person}__name"), Value("")), f"{person}__email", output_field=CharField())


STEPS = PolicyStep.objects.filter(policy=OuterRef("policy")).order_by()
MEMBERS = ReviewGroup.members.through.objects.filter(reviewgroup=OuterRef("group"), user=READER)
COLUMNS: dict[str, Any] = {
    "title": F("draft__brief__title"),
    "excerpt": Left("current_draft__text", EXCERPT),
    "text": Value("", output_field=TextField()),
    "author": named("draft__author"),
    "contributors": F("draft__contributors"),
    "decider": named("decided_by"),
    "steps": Subquery(STEPS.values("policy").annotate(steps=Count("pk")).values("steps")),
    "step_name": Subquery(STEPS.filter(position=OuterRef("step")).values("name")),
    "group_name": F("group__name"),
    "in_group": Exists(MEMBERS),
    "assignee": named("assigned_to"),
    "holder": named("claimed_by"),
}
