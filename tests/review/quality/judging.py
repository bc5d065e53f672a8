"""People who judge texts, through the portal's own actions."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from aigc_portal.accounts.models import User
from generation.models import Draft
from review.actions.claims import claim
from review.actions.decisions import approve, reject, request_changes
from review.actions.verdicts import Verdict
from review.models import Feedback, GoldItem, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review, without_triggers

REFUSED = Verdict(reasons=["inaccurate"])


def judge(reviewer: User, review: Review, verdict: str, correction: str | None = None) -> Feedback:
    """Take the review and decide: "approve", "changes" or "reject"."""
    review = Review.for_reviewers.with_subject().get(pk=review.pk)
    claim(actor=reviewer, review=review)
    text: dict[str, Any] = {"actor": reviewer, "review": review, "sha256": review.current_draft.sha256}
    if verdict == "approve":
        return approve(**text, corrected_text=correction)
    return (reject if verdict == "reject" else request_changes)(**text, verdict=REFUSED)


def new_review(cast: Cast, text: str = "A fresh spring tea.") -> Review:
    return make_review(make_draft(make_brief(cast.marketer, cast.team), text))


def gold_review(cast: Cast, draft: Draft, reviewer: User, verdict: str = Review.Status.REJECTED) -> Review:
    """A text with a known answer, as it lies before the reviewer whom it measures."""
    gold, _new = GoldItem.objects.get_or_create(
        team=cast.team, draft=draft, verdict=verdict, explanation="It says something false.", created_by=cast.lead
    )
    own = Review.objects.get(draft=draft)
    return Review.for_reviewers.create(
        team=cast.team,
        draft=draft,
        current_draft=draft,
        submitted_by=own.submitted_by,
        policy=own.policy,
        gold=gold,
        assigned_to=reviewer,
        due_at=timezone.now(),
    )


def changed(feedback: Feedback, **values: Any) -> None:
    """As it would be had it been given otherwise."""
    with without_triggers():
        Feedback.objects.filter(pk=feedback.pk).update(**values)
