"""Who works on what: a claim is held by one reviewer until it is decided, released or expired."""

from __future__ import annotations

from typing import Any, cast

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.four_eyes import refuse_own_work
from aigc_portal.accounts.models import Membership, Role, User
from aigc_portal.audit.transitions import StaleState, transition
from review.asking import refuse_unasked
from review.gold_serving import gold_instead
from review.models import CLAIM, Review
from review.next_in_queue import next_for
from review.notices import tell_holder

FREE: dict[str, Any] = {"claimed_by": None, "claimed_at": None, "claimed_until": None}


def refuse_contributor(actor: User, review: Review) -> None:
    """Four eyes: nobody decides on what they asked for or wrote. The attempt is an event; then Refused (403)."""
    refuse_own_work(
        actor=actor,
        target=review,
        contributors=review.draft.contributors,
        action="review.four_eyes_refused",
        detail=_("You asked for this text or wrote a part of it, so somebody else must review it."),
    )


def claim(*, actor: User, review: Review) -> None:
    """Take the review. StaleState where somebody else was faster; taking one's own claim again renews it.

    Refused for who contributed to the text, has judged it, or is not asked at this step.
    """
    require_role(actor, review.team_id, Role.REVIEWER)
    refuse_contributor(actor, review)
    if review.status == Review.Status.IN_REVIEW and review.claimed_by_id == actor.pk:
        if not renew(actor=actor, review=review):
            review.refresh_from_db()
            raise StaleState(review, "a longer claim")
        return
    if review.status != Review.Status.PENDING:
        raise StaleState(review, Review.Status.IN_REVIEW)
    refuse_unasked(actor, review)
    # Where it asks others than when it was read, it is as if somebody else had taken it.
    asking = {"barred": review.barred, "group": review.group_id, "assigned_to": review.assigned_to_id}
    hold(actor, review, asking)


def hold(actor: User, review: Review, where: dict[str, Any] | None = None) -> None:
    transition(review, Review.Status.IN_REVIEW, actor=actor, where=where, **held_by(actor))


def held_by(holder: User) -> dict[str, Any]:
    """The columns of a claim that begins now; FREE are those of no claim."""
    return {"claimed_by": holder, "claimed_at": Now(), "claimed_until": Now() + CLAIM}


def renew(*, actor: User, review: Review) -> bool:
    """Extend one's own claim by half an hour from now; False where it is not one's own any more."""
    own = Review.for_reviewers.filter(pk=review.pk, status=Review.Status.IN_REVIEW, claimed_by=actor)
    return bool(own.update(claimed_until=Now() + CLAIM))


@transaction.atomic
def claim_next(*, actor: User, among: Q | None = None) -> Review | None:
    """What is next for this person by priority, due date and age, claimed; None where nothing waits.

    What was assigned to them comes first. `among` narrows the choice (to one language, say).
    Two people never get the same one.
    """
    among = among or Q()
    found = next_for(actor, among)
    if found is None:
        return None
    review = gold_instead(actor, found.review, found.gold_percent, among) or found.review
    hold(actor, review)
    return review


@transaction.atomic
def release(*, actor: User, review: Review) -> None:
    """Give one's own claim back to the queue. StaleState where it is not one's own any more."""
    require_role(actor, review.team_id, Role.REVIEWER)
    transition(
        review,
        Review.Status.PENDING,
        actor=actor,
        where={"claimed_by": actor},
        action="review.released",
        **FREE,
    )


def release_expired() -> int:
    """Give back every claim whose time is over by the database's clock. Returns how many."""
    return return_to_queue(Q(claimed_until__lt=Now()), "review.claim_expired")


def release_former_reviewers() -> int:
    """Give back what is held by people who do not review in the team any more. Returns how many."""
    reviewing = Membership.objects.filter(user=OuterRef("claimed_by"), team=OuterRef("team"), role=Role.REVIEWER)
    return return_to_queue(~Q(Exists(reviewing)), "review.claim_ended")


def return_to_queue(which: Q, action: str) -> int:
    released = 0
    held = Review.for_reviewers.filter(status=Review.Status.IN_REVIEW)
    for review in held.filter(which).select_related("claimed_by", "draft__brief")[:500]:
        holder = cast(User, review.claimed_by)
        where = {"claimed_by": holder, "claimed_until": review.claimed_until}
        try:
            with transaction.atomic():
                transition(review, Review.Status.PENDING, actor=None, where=where, action=action, **FREE)
                tell_holder(review, holder)
            released += 1
        except StaleState:
            continue
    return released
