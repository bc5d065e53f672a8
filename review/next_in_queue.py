"""What somebody is to review next, found and locked in a time that does not grow with the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from aigc_portal.accounts.models import Role, User
from review.models import Review, ReviewGroup, ReviewPolicy, ReviewQuerySet
from review.models.reviews import QUEUE_ORDER

POLICY = ReviewPolicy.objects.filter(team=OuterRef("team")).order_by("-number")
# Prepared once, because to write a query takes longer than to answer it. Of the row only what the event of a claim
# names it by, and what serving a text with a known answer goes by: the claim itself reads the rest.
READ = ("status", "team", "draft__sha256", "draft__brief__title", "assigned_to", "priority", "due_at", "submitted_at")
FOUND = Review.for_reviewers.select_related("draft__brief").only(*READ)
FOUND = FOUND.annotate(gold_percent=Subquery(POLICY.values("gold_percent")[:1]))
WAITING = Review.for_reviewers.awaiting_review().order_by(*QUEUE_ORDER)
MEMBERS = ReviewGroup.members.through.objects.values("reviewgroup")


@dataclass(frozen=True)
class Next:
    """`gold_percent` is that of the team's policy of today."""

    review: Review
    gold_percent: int


def next_for(user: User, among: Q) -> Next | None:
    """The first review that waits for this person, locked; None where nothing does. Needs a transaction.

    What was assigned to them comes first, then the rest by priority, due date and age. Rows that somebody else is
    claiming at this moment are skipped.
    """
    teams = user.teams_as(Role.REVIEWER)
    if not teams:
        return None
    waiting = WAITING.filter(among, asked(user), ~Q(barred__contains=[user.pk]))
    locked = waiting.select_for_update(skip_locked=True, of=("self",)).values("pk")
    assigned = locked.filter(assigned_to=user, team__in=teams)
    free = [locked.filter(assigned_to=None, team=team) for team in by_first(waiting, teams)]
    # PostgreSQL looks at the next one of these only where the one before found nothing.
    each = [Subquery(found[:1]) for found in (assigned, *free)]
    first = Coalesce(*each) if free else each[0]
    for review in FOUND.filter(pk=first):
        return Next(review, cast(Any, review).gold_percent)
    return None


def asked(user: User) -> Func:
    """Whether the review asks everybody or a group of the user; written as the index review_next has it."""
    groups = Func(Value(0), ArraySubquery(MEMBERS.filter(user=user)), function="array_prepend")
    asked = Func(Coalesce("group", 0), groups, template="%(expressions)s)", arg_joiner=" = ANY(")
    asked.output_field = BooleanField()
    return asked


def by_first(waiting: ReviewQuerySet, teams: list[int]) -> list[int]:
    """The teams in which something is free, the one whose first is due next at first: the index has a team's order."""
    if len(teams) < 2:
        return teams
    firsts = [waiting.filter(assigned_to=None, team=team).values_list(*QUEUE_ORDER, "team")[:1] for team in teams]
    return [row[-1] for row in sorted(firsts[0].union(*firsts[1:], all=True))]
