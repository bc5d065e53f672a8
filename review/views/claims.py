"""Who works on a text: take it, keep it, put it back."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import retarget

from aigc_portal.accounts.access import get_visible, require_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.transitions import StaleState
from review.actions.claims import claim, release, renew
from review.forms import SubjectFilters
from review.models import Review
from review.views.desk import decision_bar


@require_POST
def claim_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the review and open it. On the open desk (htmx) only the bar is answered, so that typed text stays."""
    user = signed_in(request)
    review = get_visible(Review.objects.with_subject(), user, pk)
    if "HX-Request" not in request.headers:
        claim(actor=user, review=review)
        return redirect(review.get_absolute_url() + chosen(request, user).query())
    with suppress(StaleState):
        claim(actor=user, review=review)
    return decision_bar(request, user, fresh(user, pk))


@require_POST
def release_review(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    review = get_visible(Review.objects.with_subject(), user, pk)
    release(actor=user, review=review)
    messages.info(request, _("“%(title)s” is back in the queue.") % {"title": review.draft.brief})
    return redirect(reverse("review:reviews") + chosen(request, user).query())


@require_POST
def renew_claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Half an hour more. Where the claim is lost, the bar says so (409) and the rest of the page stays."""
    user = signed_in(request)
    review = get_visible(Review.objects.with_subject(), user, pk)
    require_role(user, review.team_id, Role.REVIEWER)
    kept = renew(actor=user, review=review)
    if "HX-Request" not in request.headers:
        return redirect(review)
    review = fresh(user, pk)
    if kept:
        return render(request, "review/_claim_time.html", {"review": review})
    return retarget(decision_bar(request, user, review, status=409), "#decision-bar")


def fresh(user: User, pk: int) -> Review:
    return get_visible(Review.objects.with_subject(), user, pk)


def chosen(request: HttpRequest, user: User) -> SubjectFilters:
    return SubjectFilters(request.GET, teams=user.teams_as(Role.REVIEWER))
