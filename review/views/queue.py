"""The queue: what waits, who works on what, what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from aigc_portal.accounts.access import require_any_role, signed_in
from aigc_portal.accounts.models import Role, User
from review.actions.claims import claim_next
from review.forms import SubjectFilters
from review.models import Review, ReviewQuerySet
from review.standing import Standing, standing

PAGE = 50
STATES: dict[str, str | Promise] = {
    "open": gettext_lazy("Open"),
    "waiting": gettext_lazy("Waiting"),
    "mine": gettext_lazy("Yours"),
    "others": gettext_lazy("With others"),
    "decided": gettext_lazy("Decided"),
}


@dataclass(frozen=True)
class Tab:
    label: str | Promise
    url: str
    active: bool
    count: int | None


@dataclass(frozen=True)
class Row:
    review: Review
    standing: Standing


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """Oldest first; the decided ones newest first."""
    user = signed_in(request)
    teams = require_any_role(user, Role.REVIEWER)
    filters = SubjectFilters(request.GET, teams=teams)
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    subjects = Review.objects.filter(filters.condition(), team__in=teams)
    counts = subjects.queue_counts(user, since=start_of_today())
    rows, more = page_of(in_state(subjects, state, user).with_subject(), state, request.GET.get("after", ""))
    context = {
        "rows": [Row(review, standing(user, review)) for review in rows],
        "filters": filters,
        "filtered": bool(filters.query()),
        "state": state,
        "tabs": tabs(filters, state, counts),
        "counts": counts,
        "held": Review.objects.claimed_by(user).select_related("draft__brief").order_by("claimed_until").first(),
        "next_page": filters.query(state=state, after=more) if more else "",
        "first_page": filters.query(state=state) if "after" in request.GET else "",
        "carried": filters.query(),
    }
    return render(request, "review/reviews.html", context)


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Claim the oldest waiting text among the filtered ones and open it."""
    user = signed_in(request)
    teams = require_any_role(user, Role.REVIEWER)
    filters = SubjectFilters(request.GET, teams=teams)
    review = claim_next(actor=user, among=filters.condition())
    if review is None:
        messages.info(request, _("Nothing waits that you could take. Your own texts are for somebody else."))
        return redirect(reverse("review:reviews") + filters.query())
    return redirect(review.get_absolute_url() + filters.query())


def in_state(subjects: ReviewQuerySet, state: str, user: User) -> ReviewQuerySet:
    match state:
        case "waiting":
            return subjects.awaiting_review()
        case "mine":
            return subjects.claimed_by(user)
        case "others":
            return subjects.claimed_by_others(user)
        case "decided":
            return subjects.decided()
        case _:
            return subjects.open()


def page_of(found: ReviewQuerySet, state: str, after: str) -> tuple[list[Review], str]:
    """One page of the keyset after `after`, and the place where the next one starts ("" at the end)."""
    moment = "decided_at" if state == "decided" else "submitted_at"
    step, order = ("lt", "-") if state == "decided" else ("gt", "")
    if place := parse_place(after):
        at, pk = place
        found = found.filter(Q(**{f"{moment}__{step}": at}) | Q(**{moment: at, f"pk__{step}": pk}))
    rows = list(found.order_by(f"{order}{moment}", f"{order}pk")[: PAGE + 1])
    if len(rows) <= PAGE:
        return rows, ""
    last = rows[PAGE - 1]
    return rows[:PAGE], f"{getattr(last, moment).isoformat()},{last.pk}"


def parse_place(after: str) -> tuple[datetime, int] | None:
    """The moment and id of "2026-01-31T08:30:00+00:00,7", or None."""
    moment, _comma, pk = after.partition(",")
    try:
        at = parse_datetime(moment)
        return (at, int(pk)) if at is not None and timezone.is_aware(at) and 0 < int(pk) < 2**63 else None
    except ValueError:
        return None


def tabs(filters: SubjectFilters, state: str, counts: dict[str, int]) -> list[Tab]:
    queue = reverse("review:reviews")
    counts = counts | {"open": counts["waiting"] + counts["mine"] + counts["others"]}
    return [
        Tab(label, queue + filters.query(state=name), name == state, counts.get(name)) for name, label in STATES.items()
    ]


def onward(request: HttpRequest, user: User) -> HttpResponse:
    """After a decision: the text in hand, else the next one among the filtered, else the queue."""
    filters = SubjectFilters(request.GET, teams=user.teams_as(Role.REVIEWER))
    following = Review.objects.claimed_by(user).order_by("claimed_until", "pk").first()
    following = following or claim_next(actor=user, among=filters.condition())
    return redirect((following.get_absolute_url() if following else reverse("review:reviews")) + filters.query())


def start_of_today() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
