"""The two pages of a bulk act: what a verdict would decide on, and what became of each text."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aigc_portal.accounts.models import Role, User
from review.actions.bulk import Outcome
from review.asking import groups_of
from review.forms.bulk_form import VerdictForm
from review.forms.queue_filters import SubjectFilters
from review.models import Review, ReviewStatus
from review.obstacles import obstacle
from review.subject import Subject


@dataclass(frozen=True)
class Text:
    """One selected text as it stands now; `changed` since its reader saw it on this page. `following` is the id of
    what comes after it."""

    review: Review
    values: list[tuple[str, str]]
    changed: bool
    following: str


@dataclass(frozen=True)
class Took:
    """`act` in words, what became of each, and for how many seconds a verdict can be undone."""

    act: str
    outcomes: list[Outcome]
    is_verdict: bool = False
    undo_seconds: int = 0

    @property
    def done(self) -> list[int]:
        return [outcome.review.pk for outcome in self.outcomes if not outcome.error]


def confirmation(
    request: HttpRequest, user: User, form: VerdictForm, *, without: Collection[int], status: int
) -> HttpResponse:
    """Every text in full that this reviewer may decide on, and why not the others."""
    chosen, groups = form.cleaned_data, groups_of(user)
    if status == 200:
        form.errors.clear()  # nothing was asked for yet
    wanted = [review for review in chosen["review"] if review.pk not in without]
    why_not = {review.pk: obstacle(user, review, groups) for review in wanted}
    offered = [review for review in wanted if not why_not[review.pk]]
    context: dict[str, Any] = {
        "form": form,
        "texts": texts_of(offered, form),
        "others": [(review, why_not[review.pk]) for review in wanted if why_not[review.pk]],
        "decision": chosen["decision"],
        "refuses": chosen["decision"] != ReviewStatus.APPROVED,
        "fact_check": any(review.policy.fact_check for review in offered),
        "carried": carried(request, user),
    }
    return render(request, "review/bulk_decision.html", context, status=status)


def texts_of(reviews: list[Review], form: VerdictForm) -> list[Text]:
    seen = form.sha256
    following = [f"text-{review.pk}" for review in reviews[1:]] + ["judgement"]
    return [
        Text(review, Subject(review).values, seen[review.pk] not in ("", review.current_draft.sha256), next_id)
        for review, next_id in zip(reviews, following, strict=False)  # no texts: only the judgement follows
    ]


def result(request: HttpRequest, user: User, took: Took) -> HttpResponse:
    """What failed comes first. The reviews are read anew, with all that the page shows of them."""
    ids = [outcome.review.pk for outcome in took.outcomes]
    now = Review.for_reviewers.with_subject().select_related("gold").in_bulk(ids)
    context = {
        "took": took,
        "failed": [(now[outcome.review.pk], outcome.error) for outcome in took.outcomes if outcome.error],
        "done": [now[pk] for pk in took.done],
        "undo": [pk for pk in took.done if now[pk].gold_id is None] if took.undo_seconds else [],
        "carried": carried(request, user),
    }
    return render(request, "review/bulk_result.html", context)


def carried(request: HttpRequest, user: User) -> str:
    """The filters of the queue, as a query string."""
    return SubjectFilters(request.GET, teams=user.teams_as(Role.REVIEWER, Role.LEAD)).query()
