"""What reviewers do with a review under a policy, one after the other, each with the review as they would find it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aigc_portal.accounts.models import User
from generation.models import Draft
from review.actions.claims import claim
from review.actions.decisions import approve, reject, request_changes
from review.actions.verdicts import Verdict
from review.models import Feedback, Review
from tests.factories import make_policy, make_review

WHY = ["inaccurate"]  # see factories.make_reason


def under(draft: Draft, *steps: Mapping[str, Any], **rules: Any) -> Review:
    """The draft, submitted under a policy of these steps (see factories.make_policy)."""
    make_policy(draft.team, *steps, **rules)
    return make_review(draft)


def judge(review: Review, person: User, verdict: str = "APPROVED", text: str | None = None) -> Feedback:
    """The person takes the review and gives the verdict, with a correction where `text` is given; `review` is read
    anew."""
    review.refresh_from_db()
    person = User.objects.get(pk=person.pk)
    claim(actor=person, review=review)
    sha256 = review.current_draft.sha256
    if verdict == "APPROVED":
        said = Verdict(facts_checked=True)
        return approve(actor=person, review=review, sha256=sha256, verdict=said, corrected_text=text)
    refuse = reject if verdict == "REJECTED" else request_changes
    return refuse(actor=person, review=review, sha256=sha256, verdict=Verdict(reasons=WHY, comment="Not yet."))


def asked(review: Review) -> tuple[str, int, bool]:
    """Status, step, and whether it is disputed."""
    now = Review.for_reviewers.get(pk=review.pk)
    return now.status, now.step, now.disputed
