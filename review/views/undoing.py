"""The button that takes a verdict back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aigc_portal.accounts.access import require_role, signed_in
from aigc_portal.accounts.models import Role, User
from aigc_portal.problem_pages import problem_page
from aigc_portal.problems import Refused, StaleState
from review.actions.undo import undo_verdict
from review.models import Feedback, Review
from review.views.claims import chosen
from review.views.desk import visible_review


@require_POST
def undo_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's newest verdict on this review back and open its desk, filled in as it was sent.

    A second click is the same act. 409 where somebody has taken the review meanwhile.
    """
    user = signed_in(request)
    review = visible_review(user, pk)
    require_role(user, review.team_id, Role.REVIEWER)
    way_back = redirect(review.get_absolute_url() + chosen(request, user).query())
    if review.status == Review.Status.IN_REVIEW and review.claimed_by_id == user.pk:
        return way_back
    try:
        undo_verdict(actor=user, feedback=newest_of(user, review))
    except StaleState:
        return taken(request, visible_review(user, pk))
    except Refused as refusal:
        messages.warning(request, refusal.detail + " " + _("Here is how it stands."))
        return way_back
    return way_back  # the desk says that it was taken back


def newest_of(user: User, review: Review) -> Feedback:
    """Raises Refused where there is none, or where the reviewer was told the known answer after it."""
    own = [one for one in review.feedback.all() if one.reviewer_id == user.pk and one.undone_at is None]
    if not own or review.gold_id:
        raise Refused("nothing_to_undo", _("There is no decision of yours that can be taken back."))
    return max(own, key=lambda one: one.pk)


def taken(request: HttpRequest, review: Review) -> HttpResponse:
    detail = _("Your decision stands: somebody else has taken the text meanwhile.")
    if review.claimed_by is not None and review.claimed_until is not None:
        sentence = _("Your decision stands: %(name)s has taken the text meanwhile and reviews it until %(until)s.")
        detail = sentence % {"name": review.claimed_by, "until": time_format(localtime(review.claimed_until))}
    return problem_page(request, 409, detail, again=review.get_absolute_url())
