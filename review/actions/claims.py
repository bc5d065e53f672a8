"""Who works on what: a claim is held by one reviewer until it is decided, released or expired."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.events import record
from aigc_portal.audit.transitions import StaleState, transition
from aigc_portal.problems import Refused
from review.models import CLAIM, Review


def refuse_contributor(actor: User, review: Review) -> None:
    """Four eyes: nobody decides on what they asked for or wrote. The attempt is an event; then Refused (403)."""
    if actor.pk not in review.draft.contributors:
        return
    with transaction.atomic():
        record("review.four_eyes_refused", review, actor=actor)
    detail = _("You asked for this text or wrote a part of it, so somebody else must review it.")
    raise Refused("four_eyes", detail, 403)


def claim(*, actor: User, review: Review) -> None:
    """Take the review. StaleState where somebody else was faster; taking one's own claim again renews it."""
    require_role(actor, review.team_id, Role.REVIEWER)
    refuse_contributor(actor, review)
    if review.status == Review.Status.IN_REVIEW and review.claimed_by_id == actor.pk:
        renew(actor=actor, review=review)
        return
    transition(review, Review.Status.IN_REVIEW, actor=actor, claimed_by=actor, claimed_until=Now() + CLAIM)


def renew(*, actor: User, review: Review) -> bool:
    """Extend one's own claim by half an hour from now; False where it is not one's own any more."""
    own = Review.objects.filter(pk=review.pk, status=Review.Status.IN_REVIEW, claimed_by=actor)
    return bool(own.update(claimed_until=Now() + CLAIM))


@transaction.atomic
def claim_next(*, actor: User, among: Q | None = None) -> Review | None:
    """The oldest waiting review that this person may decide, claimed; None where nothing waits.

    `among` narrows the choice (to one language, say).
    Rows that somebody else is claiming at this moment are skipped, so two people never get the same one.
    """
    waiting = Review.objects.decidable_by(actor).awaiting_review().filter(among or Q())
    review = waiting.order_by("submitted_at", "pk").select_for_update(skip_locked=True, of=("self",)).first()
    if review is not None:
        transition(review, Review.Status.IN_REVIEW, actor=actor, claimed_by=actor, claimed_until=Now() + CLAIM)
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
        claimed_by=None,
        claimed_until=None,
    )


def release_expired() -> int:
    """Give back every claim whose time is over by the database's clock. Returns how many."""
    released = 0
    for review in Review.objects.filter(status=Review.Status.IN_REVIEW, claimed_until__lt=Now())[:500]:
        try:
            transition(
                review,
                Review.Status.PENDING,
                actor=None,
                where={"claimed_until__lt": Now()},
                action="review.claim_expired",
                claimed_by=None,
                claimed_until=None,
            )
            released += 1
        except StaleState:
            continue
    return released
