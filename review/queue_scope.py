"""Which reviews a page of the queue is about: whose they are, and in what state."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, TextChoices
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import User
from review.models import DECIDED, OPEN, Review, ReviewQuerySet, ReviewStatus
from review.queue_order import BY_URGENCY, LAST_DECIDED, NEWEST, QueueOrder


class View(TextChoices):
    MINE = "mine", _("My work")
    TEAM = "team", _("My team's queue")
    ALL = "all", _("All")


class State(TextChoices):
    ANY = "any", _("Any state")
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting")
    IN_REVIEW = "in_review", _("In review")
    OVERDUE = "overdue", _("Overdue")
    DISPUTED = "disputed", _("Disputed")
    DECIDED = "decided", _("Decided")


FIRST_STATE = {View.MINE: State.OPEN, View.TEAM: State.OPEN, View.ALL: State.ANY}
# Word for word as in the indexes of open reviews, so that PostgreSQL sees that they fit.
OPEN_ONES = Q(status__in=OPEN)
NOT_IN_HAND = (State.WAITING, State.DECIDED)


@dataclass(frozen=True)
class Scope:
    """`teams` are those whose reviews are asked for: one, or in the view of all of them every team of the reader."""

    user: User
    view: str
    state: str
    teams: tuple[int, ...]

    @property
    def order(self) -> QueueOrder:
        return {State.DECIDED: LAST_DECIDED, State.ANY: NEWEST}.get(State(self.state), BY_URGENCY)

    def parts(self) -> list[ReviewQuerySet]:
        """The reviews as parts that an index serves in this order; what is in the reader's hands is not among them."""
        return [self.order.sort(part) for part in self.wanted()]

    def wanted(self) -> list[ReviewQuerySet]:
        """A team at a time, because every index begins with the team."""
        shown = self.shown()
        if self.view != View.MINE:
            return [shown.filter(team=team) for team in self.teams]
        return [] if self.state == State.IN_REVIEW else [shown]

    def whole(self) -> ReviewQuerySet:
        """All parts in one, in no order."""
        return self.shown() if self.view == View.MINE else self.shown().filter(team__in=self.teams)

    def shown(self) -> ReviewQuerySet:
        """Of texts with a known answer only the reader's own are there, among the others and assigned to nobody."""
        shown = Review.for_reviewers.filter(Q(gold=None) | Q(assigned_to=self.user), in_state(self.state))
        if self.view != View.MINE:
            return shown
        if self.state == State.DECIDED:
            return shown.filter(decided_by=self.user)
        return shown.awaiting_review().filter(OPEN_ONES, assigned_to=self.user, gold=None)

    def in_hand(self) -> list[ReviewQuerySet]:
        """What the reader holds, for the view of their own work; a few rows."""
        if self.view != View.MINE or self.state in NOT_IN_HAND:
            return []
        return [BY_URGENCY.sort(Review.for_reviewers.filter(in_state(self.state)).claimed_by(self.user))]


def in_state(state: str) -> Q:
    match state:
        case State.WAITING:
            return Q(status=ReviewStatus.PENDING)
        case State.IN_REVIEW:
            return Q(status=ReviewStatus.IN_REVIEW)
        case State.OVERDUE:
            return OPEN_ONES & Q(due_at__lt=Now())
        case State.DISPUTED:
            return OPEN_ONES & Q(disputed=True)
        case State.DECIDED:
            return Q(status__in=DECIDED)
        case State.ANY:
            return Q()
        case _:
            return OPEN_ONES
