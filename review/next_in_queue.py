"""What somebody is to review next, found and locked in a time that does not grow with the queue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS
from django.db.models import BooleanField, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from aigc_portal.accounts.models import Role, User
from generation.models import Brief, Draft
from review.models import Review, ReviewGroup, ReviewPolicy, ReviewQuerySet
from review.models.reviews import QUEUE_ORDER
from review.prepared import READER, TEAM, Prepared

# Of the row only what the event of a claim names it by, and what serving a text with a known answer goes by: the claim
# itself reads the rest. In the order of the model, as `from_db` wants them.
REVIEW = ("id", "team_id", "draft_id", "status", "submitted_at", "gold_id", "priority", "due_at", "assigned_to_id")
POLICY = ReviewPolicy.objects.filter(team=OuterRef("team")).order_by("-number")
FOUND = Review.for_reviewers.values_list(
    *REVIEW, "draft__brief_id", "draft__sha256", "draft__brief__title", Subquery(POLICY.values("gold_percent")[:1])
)
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
    claiming at this moment are skipped. A text with a known answer that they put back comes as if it were assigned to
    nobody, which is what they read of it.
    """
    teams = user.teams_as(Role.REVIEWER)
    if not teams:
        return None
    in_order = by_first(user, among, teams)
    found = first_for(user, among, in_order)
    if found is None or found.review.gold_id is None:
        return found
    other = first_for(user, among & Q(gold=None), in_order)
    return other if other is not None and comes_before(other.review, found.review) else found


def comes_before(other: Review, put_back: Review) -> bool:
    ours, theirs = (tuple(getattr(review, column) for column in QUEUE_ORDER) for review in (other, put_back))
    return other.assigned_to_id is not None or ours < theirs


def first_for(user: User, among: Q, in_order: list[int]) -> Next | None:
    given = {READER: user.pk} | {TEAM - at: team for at, team in enumerate(in_order)}
    for *review, brief, sha256, title, gold_percent in statement(among, len(in_order)).rows(given):
        found = Review.from_db(DEFAULT_DB_ALIAS, REVIEW, review)
        found.draft = Draft.from_db(DEFAULT_DB_ALIAS, ("id", "brief_id", "sha256"), (found.draft_id, brief, sha256))
        found.draft.brief = Brief.from_db(DEFAULT_DB_ALIAS, ("id", "title"), (brief, title))
        return Next(found, gold_percent)
    return None


@lru_cache(maxsize=256)
def statement(among: Q, teams: int) -> Prepared:
    """For a reader of so many teams, in the order in which they are looked through."""
    team_of = [TEAM - at for at in range(teams)]
    locked = waiting_for_reader(among).select_for_update(skip_locked=True, of=("self",)).values("pk")
    assigned = locked.filter(assigned_to=READER, team__in=team_of)
    free = [locked.filter(assigned_to=None, team=team) for team in team_of]
    # PostgreSQL looks at the next one of these only where the one before found nothing.
    first = Coalesce(*(Subquery(found[:1]) for found in (assigned, *free)))
    return Prepared.of(FOUND.filter(pk=first))


def by_first(user: User, among: Q, teams: list[int]) -> list[int]:
    """The teams in which something is free, the one whose first is due next at first: the index has a team's order."""
    if len(teams) < 2:
        return teams
    rows = firsts(among, len(teams)).rows({READER: user.pk} | {TEAM - at: team for at, team in enumerate(teams)})
    free = [row[-1] for row in sorted(rows)]
    return free + [team for team in teams if team not in free]


@lru_cache(maxsize=256)
def firsts(among: Q, teams: int) -> Prepared:
    waiting = waiting_for_reader(among).filter(assigned_to=None)
    each = [waiting.filter(team=TEAM - at).values_list(*QUEUE_ORDER, "team")[:1] for at in range(teams)]
    return Prepared.of(each[0].union(*each[1:], all=True))


def waiting_for_reader(among: Q) -> ReviewQuerySet:
    return WAITING.filter(among, asked(READER), ~Q(barred__contains=[READER]))


def asked(user: int) -> Func:
    """Whether the review asks everybody or a group of the user; written as the index review_next has it."""
    groups = Func(Value(0), ArraySubquery(MEMBERS.filter(user=user)), function="array_prepend")
    asked = Func(Coalesce("group", 0), groups, template="%(expressions)s)", arg_joiner=" = ANY(")
    asked.output_field = BooleanField()
    return asked
