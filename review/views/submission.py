"""The author's buttons: submit for review, withdraw."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aigc_portal.accounts.access import get_visible, signed_in
from generation.models import Draft
from review.actions.submission import submit_for_review, withdraw
from review.views.desk import visible_review


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft into the queue; back to `next`, a path of this portal, or to the draft."""
    user = signed_in(request)
    draft = get_visible(Draft.objects.with_author(), user, pk)
    submit_for_review(actor=user, draft=draft)
    messages.success(request, _("“%(title)s” is in the review queue.") % {"title": draft.brief})
    return redirect(way_back(request, draft.get_absolute_url()))


@require_POST
def withdraw_from_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a draft out of the queue; back to `next` or to the draft."""
    user = signed_in(request)
    review = visible_review(user, pk)
    withdraw(actor=user, review=review)
    messages.success(request, _("“%(title)s” is out of the review queue.") % {"title": review.draft.brief})
    return redirect(way_back(request, review.draft.get_absolute_url()))


def way_back(request: HttpRequest, otherwise: str) -> str:
    asked = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return asked
    return otherwise
