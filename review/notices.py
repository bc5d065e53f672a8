"""Who is told of what happens to a review. Called inside the transaction in which it happens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from aigc_portal.accounts.models import Role, User
from aigc_portal.notices.actions import notify, withdraw_notices
from review.models import Feedback, Review
from review.models.feedback import UNDO_WINDOW


def tell_of_verdict(review: Review, actor: User) -> None:
    """Of a decision its author and whoever submitted the text; of a dispute all who may decide between the reviewers.

    Without the reviewer's name under a blind policy. Nobody hears of a text with a known answer.
    """
    if review.gold_id is not None:
        return
    if review.is_decided:
        tell(review, {review.draft.author, review.submitted_by}, f"review.{review.status.lower()}", actor)
    elif review.disputed:
        tell(review, adjudicators_of(review), "review.disputed", actor)


def untell_verdict(review: Review, feedback: Feedback) -> None:
    """It was taken back. A dispute that it did not begin goes on."""
    kinds = {f"review.{feedback.verdict.lower()}"}
    if feedback.kind == Feedback.Kind.REVIEW:
        kinds.add("review.disputed")
    withdraw_notices(target=review, kinds=kinds)


def tell_holder(review: Review, holder: User) -> None:
    """The claim ran out, the holder's role ended, or a lead took it away: the review is back in the queue."""
    notify(to=[holder], kind="review.claim_lost", **about(review))


def tell(review: Review, people: Iterable[User], kind: str, actor: User) -> None:
    """Nobody hears of a verdict while it can be taken back."""
    shown = None if review.policy.blind else actor
    to = [person for person in people if person != actor]
    notify(to=to, kind=kind, actor=shown, delay=UNDO_WINDOW, **about(review))


def adjudicators_of(review: Review) -> list[User]:
    """Reviewers of the team, or of its adjudicators' group, who may decide on the text as it stands."""
    reviewing = Q(memberships__team=review.team_id, memberships__role=Role.REVIEWER)
    people = User.objects.filter(reviewing, is_active=True).exclude(pk__in=review.barred)
    return list(people if review.group_id is None else people.filter(review_groups=review.group_id))


def about(review: Review) -> dict[str, Any]:
    brief = review.draft.brief
    params = {"title": str(brief), "language": brief.language}
    return {"target": review, "team_id": review.team_id, "url": review.get_absolute_url(), "params": params}
