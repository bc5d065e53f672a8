"""The queue: what waits, who works on what, what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from aigc_portal.accounts.access import require_any_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.days import start_of_day
from review.actions.claims import claim_next
from review.forms.queue_filters import SubjectFilters
from review.models import Review, SavedFilter
from review.queue_counts import Counted, bounded_counts, shown
from review.queue_listed import Listed, listed
from review.queue_order import written
from review.queue_pages import Wanted, page_of, places
from review.queue_rows import rows_of
from review.queue_scope import FIRST_STATE, Scope, State, View, in_state

PAGE = 30
IN_HAND = 20
FOUND = 200
COUNTED = (State.WAITING, State.IN_REVIEW, State.OVERDUE, State.DISPUTED)
STATES_OF = {
    View.MINE: (State.OPEN, *COUNTED, State.DECIDED),
    View.TEAM: (State.OPEN, *COUNTED, State.DECIDED),
    View.ALL: (State.ANY, *COUNTED, State.DECIDED),
}


@dataclass(frozen=True)
class Tab:
    """`count` is as people read it, "" where nobody counts."""

    label: str | Promise
    url: str
    active: bool
    count: str = ""


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """In the order of the queue; the decided ones and those in any state newest first."""
    user = signed_in(request)
    teams = require_any_role(user, Role.REVIEWER, Role.LEAD)
    filters = SubjectFilters(request.GET, teams=teams)
    scope = scope_of(filters, user)
    found, more = found_by(filters, scope, request.GET.get("after", ""))
    counts = counts_of(scope, user, () if filters.narrows else COUNTED)
    query = filters.query()
    saved = [(saved, f"?{saved.query}" == query) for saved in SavedFilter.objects.filter(user=user)]
    context = {
        "rows": rows_of(user, found, query),
        "filters": filters,
        "team_tabs": team_tabs(filters, scope),
        "view": scope.view,
        "state": scope.state,
        "views": view_tabs(filters, scope, counts),
        "states": state_tabs(filters, scope, counts),
        "decided_today": shown(counts["decided_today"]),
        "waits": bool(counts["waits"]),
        "reviews_here": bool(user.teams_as(Role.REVIEWER)),
        "held": Review.for_reviewers.claimed_by(user).only("pk").order_by("claimed_until", "pk").first(),
        "saved": saved,
        "saved_here": any(is_here for _saved, is_here in saved),
        "cleared": reverse("review:reviews") + filters.cleared(),
        "without_search": reverse("review:reviews") + filters.without_search(),
        "next_page": filters.query(after=written(more)) if more else "",
        "first_page": query or "?" if "after" in request.GET else "",
        "carried": query,
    }
    return render(request, "review/reviews.html", context)


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim what is next among the filtered ones and open it."""
    user = signed_in(request)
    teams = require_any_role(user, Role.REVIEWER)
    filters = SubjectFilters(request.GET, teams=teams)
    review = claim_next(actor=user, among=among(filters, user))
    if review is None:
        messages.info(request, nothing_to_take(filters))
        return redirect(reverse("review:reviews") + filters.query())
    return redirect(review.get_absolute_url() + filters.query())


def nothing_to_take(filters: SubjectFilters) -> str:
    if filters.typed or filters.chosen or filters.state_chosen in (State.OVERDUE, State.DISPUTED):
        return _("Nothing that you could take matches the filters.")
    return _("Nothing waits that you could take. Your own texts are for somebody else.")


def onward(request: HttpRequest, user: User) -> HttpResponse:
    """After a decision: the text in hand, else the next one among the filtered, else the queue."""
    filters = SubjectFilters(request.GET, teams=user.teams_as(Role.REVIEWER))
    following = Review.for_reviewers.claimed_by(user).order_by("claimed_until", "pk").first()
    following = following or claim_next(actor=user, among=among(filters, user))
    return redirect((following.get_absolute_url() if following else reverse("review:reviews")) + filters.query())


def scope_of(filters: SubjectFilters, user: User) -> Scope:
    """The team's queue shows one team: the chosen one, or the first by name."""
    view = filters.view_chosen
    if view == View.MINE and not user.teams_as(Role.REVIEWER):
        view = View.TEAM
    state = filters.cleaned_data.get("state") or FIRST_STATE[View(view)]
    chosen = filters.chosen.get("team")
    if chosen or view != View.TEAM:
        return Scope(user, view, state, (int(chosen),) if chosen else tuple(filters.teams))
    return Scope(user, view, state, (filters.first_team,))


def found_by(filters: SubjectFilters, scope: Scope, after: str) -> tuple[list[Listed], tuple[Any, ...] | None]:
    """What the reader has in hand comes first, on the first page; nothing where no word can be searched by."""
    search, condition = filters.search, filters.condition()
    if filters.typed and search is None:
        return [], None
    place = scope.order.parse(after)
    held = list[Listed]()
    if place is None:
        hits = search.condition_of_each() if search else Q()
        for part in scope.in_hand():
            held += listed(scope.user, part.filter(condition, hits).values_list("pk")[:IN_HAND])
    found, more = page_of(Wanted(scope, condition, search), place, PAGE)
    return held + found, more


def among(filters: SubjectFilters, user: User) -> Q:
    """What “take next” chooses from: what the filters leave, and of what was searched for the first ones."""
    condition = filters.condition()
    if filters.state_chosen in (State.OVERDUE, State.DISPUTED):
        condition &= in_state(filters.state_chosen)
    if not filters.typed:
        return condition
    scope = Scope(user, View.ALL, State.WAITING, tuple(user.teams_as(Role.REVIEWER)))
    wanted = Wanted(scope, condition, filters.search)
    found = [place[-1] for place in places(wanted, None, FOUND)] if filters.search else []
    return Q(pk__in=found or [0])  # no review has this id: of an empty list Django makes no statement


def counts_of(scope: Scope, user: User, states: Iterable[State]) -> dict[str, int]:
    """How much there is to do, whatever the filters leave of it."""
    teams, today = scope.teams, start_of_day(timezone.localdate())
    return bounded_counts(
        user,
        {
            View.MINE.value: Counted(View.MINE, State.OPEN, teams),
            View.TEAM.value: Counted(View.TEAM, State.OPEN, teams),
            "waits": Counted(View.ALL, State.WAITING, tuple(user.teams_as(Role.REVIEWER)), whether=True),
            "decided_today": Counted(View.TEAM, State.DECIDED, teams, since=today),
            **{state.value: Counted(scope.view, state, teams) for state in states},
        },
    )


def view_tabs(filters: SubjectFilters, scope: Scope, counts: dict[str, int]) -> list[Tab]:
    """A lead who does not review has no work of their own here."""
    views = [view for view in View if view != View.MINE or scope.user.teams_as(Role.REVIEWER)]
    return [
        Tab(
            view.label,
            reverse("review:reviews") + filters.query(view="" if view == View.TEAM else view.value, state=""),
            view == scope.view,
            shown(counts[view]) if view in counts else "",
        )
        for view in views
    ]


def team_tabs(filters: SubjectFilters, scope: Scope) -> list[Tab]:
    """Which team's queue; nothing for who is in one team."""
    if scope.view != View.TEAM or len(filters.teams) < 2:
        return []
    queue = reverse("review:reviews")
    return [
        Tab(name, queue + filters.query(team=pk), int(pk) == scope.teams[0]) for pk, name in filters.offered("team")
    ]


def state_tabs(filters: SubjectFilters, scope: Scope, counts: dict[str, int]) -> list[Tab]:
    """Without numbers while something is filtered: they would be of other rows than those that the tab shows."""
    first = FIRST_STATE[View(scope.view)]
    return [
        Tab(
            state.label,
            reverse("review:reviews") + filters.query(state="" if state == first else state.value),
            state == scope.state,
            shown(counts[state]) if state in counts else "",
        )
        for state in STATES_OF[View(scope.view)]
    ]
