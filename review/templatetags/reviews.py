"""What templates of both apps show of a review."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from aigc_portal.accounts.models import User
from generation.models import Draft
from generation.text_diff import Piece, diff_pieces
from review.models import Review
from review.visible_feedback import names_told

register = template.Library()


@register.simple_tag
def latest_review(draft: Draft) -> Review | None:
    """The newest review of the draft, from `reviews` as prefetched."""
    return max(draft.reviews.all(), key=lambda review: review.pk, default=None)


@register.simple_tag
def correction_diff(review: Review) -> list[Piece]:
    """From the submitted text to the reviewer's correction of it; empty where nothing was corrected."""
    if review.approved_draft is None or not review.was_corrected:
        return []
    return diff_pieces(review.draft.text, review.approved_draft.text)


@register.simple_tag
def corrector_of(review: Review) -> User | None:
    """Who wrote the text that was approved, where that is a correction; from `feedback` and its reviewers."""
    standing = [one for one in review.feedback.all() if one.undone_at is None and one.was_corrected]
    return next((one.reviewer for one in standing if one.approved_draft_id == review.approved_draft_id), None)


@register.simple_tag
def names_are_told(user: User, review: Review) -> bool:
    """Whether the reader may know who reviewed; a review of an earlier text may have had another policy."""
    return names_told(user, review)


@register.filter
def age(moment: datetime) -> str:
    """How long ago, in the largest unit alone: "3 hours"."""
    if timezone.now() - moment < timedelta(minutes=1):
        return _("less than a minute")
    return timesince(moment, depth=1)
