"""What people say about a review."""

from __future__ import annotations

from typing import Any

from aigc_portal.accounts.models import User
from review.actions.comments import add_comment
from review.models import Comment, Review


def say(review: Review, person: User, text: str = "Really?", passage: str = "", **more: Any) -> Comment:
    """The person begins a thread on the text as it is now, or on the passage; with `parent` they answer."""
    now = Review.for_reviewers.get(pk=review.pk)
    person = User.objects.get(pk=person.pk)
    if passage:
        start = now.current_draft.text.index(passage)
        more |= {"start": start, "end": start + len(passage), "quote": passage}
    return add_comment(actor=person, review=now, draft_sha256=now.current_draft.sha256, text=text, **more)
