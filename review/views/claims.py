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

from aigc_portal.accounts.access import require_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.problems import Refused, StaleState
from review.actions.claims import claim, release, renew
from review.forms.queue_filters import SubjectFilters
from review.typed import forget_typed
from review.views.desk import bar_context, decision_bar, visible_review


@require_POST
def claim_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the review and open it. On the open desk (htmx) only the bar is answered, so that typed text stays."""
    user = signed_in(request)
    review = visible_review(user, pk)
    if "HX-Request" not in request.headers:
        claim(actor=user, review=review)
        return redirect(review.get_absolute_url() + chosen(request, user).query())
    with suppress(StaleState, Refused):
        claim(actor=user, review=review)
    return decision_bar(request, user, visible_review(user, pk))


@require_POST
def release_review(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    review = visible_review(user, pk)
    release(actor=user, review=review)
    forget_typed(request, review)
    messages.info(request, _("“%(title)s” is back in the queue.") % {"title": review.draft.brief})
    return redirect(reverse("review:reviews") + chosen(request, user).query())


@require_POST
def renew_claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Half an hour more. Where the claim is lost, the bar says so (409) and the rest of the page stays."""
    user = signed_in(request)
    review = visible_review(user, pk)
    require_role(user, review.team_id, Role.REVIEWER)
    kept = renew(actor=user, review=review)
    if "HX-Request" not in request.headers:
        return redirect(review)
    review = visible_review(user, pk)
    if kept:
        return render(request, "review/_claim_time.html", bar_context(request, user, review))
    return retarget(decision_bar(request, user, review, status=409), "#decision-bar")


def chosen(request: HttpRequest, user: User) -> SubjectFilters:
    return SubjectFilters(request.GET, teams=user.teams_as(Role.REVIEWER, Role.LEAD))
