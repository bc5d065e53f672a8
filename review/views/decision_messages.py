"""What a reviewer is told after a verdict, on the page that opens next."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from aigc_portal.accounts.models import Role, User
from review.forms.queue_filters import SubjectFilters
from review.models import Feedback, Review
from review.models.feedback import UNDO_SECONDS


def tell(request: HttpRequest, review: Review, feedback: Feedback) -> None:
    """What was decided, with the button that takes it back; or how it compares with the known answer."""
    if review.gold_id:
        messages.success(request, said(review, feedback))
        tell_known_answer(request, review, feedback)
        return
    context = {
        "review": review,
        "said": said(review, feedback),
        "seconds": UNDO_SECONDS,
        "carried": SubjectFilters(request.GET, teams=teams_of(feedback.reviewer)).query(),
    }
    # The message is a form: it needs no script, and every page shows messages.
    form = render_to_string("review/_undo.html", context, request=request)
    messages.success(request, mark_safe(form))  # noqa: S308 - a template of ours, which escapes


def tell_again(request: HttpRequest, review: Review, feedback: Feedback) -> None:
    """The same verdict came a second time."""
    messages.success(request, said(review, feedback))


def tell_known_answer(request: HttpRequest, review: Review, feedback: Feedback) -> None:
    gold = review.gold
    if gold is None:
        return
    answer = {"verdict": gold.get_verdict_display(), "why": gold.explanation}
    if feedback.verdict == gold.verdict:
        messages.info(request, _("This text had a known answer, and you agree with it: %(verdict)s. %(why)s") % answer)
        return
    sentence = _("This text had a known answer, and yours differs. The right one: %(verdict)s. %(why)s")
    messages.warning(request, sentence % answer)


def said(review: Review, feedback: Feedback) -> str:
    title = {"title": review.draft.brief}
    match feedback.verdict:
        case Review.Status.APPROVED if feedback.was_corrected:
            sentence = _("Approved “%(title)s” with your correction.") % title
        case Review.Status.APPROVED:
            sentence = _("Approved “%(title)s”.") % title
        case Review.Status.CHANGES_REQUESTED if review.is_open:
            sentence = _("You asked for changes to “%(title)s”.") % title
        case Review.Status.CHANGES_REQUESTED:
            sentence = _("Sent “%(title)s” back for changes.") % title
        case _:
            sentence = _("Rejected “%(title)s”.") % title
    if review.is_open:
        sentence += " " + _("Somebody else is asked before it is decided.")
    return sentence


def teams_of(reviewer: User) -> list[int]:
    return reviewer.teams_as(Role.REVIEWER)
