"""One act on many reviews: each is decided, assigned or moved for itself, with its own event, and may fail alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from aigc_portal.accounts.models import User
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from review.actions.claims import claim, refuse_contributor, release
from review.actions.decisions import approve, reject, request_changes
from review.actions.triage import assign, set_priority
from review.actions.undo import undo_verdict
from review.actions.verdicts import Verdict
from review.models import Feedback, Review

MOST = 100  # reviews in one go
DECISIONS: dict[str, Callable[..., Feedback]] = {
    Review.Status.APPROVED: approve,
    Review.Status.CHANGES_REQUESTED: request_changes,
    Review.Status.REJECTED: reject,
}


@dataclass(frozen=True)
class Outcome:
    """What became of one review. Where nothing did, `error` says why, and `code` says it to programs."""

    review: Review
    code: str = ""
    error: str = ""


def assign_each(*, actor: User, reviews: Iterable[Review], to: User | None) -> list[Outcome]:
    return for_each(reviews, lambda review: assign(actor=actor, review=review, to=to))


def set_priority_of_each(*, actor: User, reviews: Iterable[Review], priority: int) -> list[Outcome]:
    return for_each(reviews, lambda review: set_priority(actor=actor, review=review, priority=priority))


def decide_each(
    *, actor: User, reviews: Iterable[Review], decision: str, verdict: Verdict, sha256: dict[int, str]
) -> list[Outcome]:
    """The same verdict on each. `sha256` says by the review's id which text the actor read."""
    return for_each(reviews, lambda review: decide_one(actor, review, decision, verdict, sha256[review.pk]))


def undo_each(*, actor: User, reviews: Iterable[Review]) -> list[Outcome]:
    """Take the actor's newest verdict on each back, and let it wait for a reviewer again."""
    return for_each(reviews, lambda review: undo_one(actor, review))


def decide_one(actor: User, review: Review, decision: str, verdict: Verdict, sha256: str) -> None:
    """Take the review where it waits, and decide; where that fails it waits as before."""
    refuse_contributor(actor, review)  # before the transaction, which would take the event of the attempt back
    with transaction.atomic():
        if review.status == Review.Status.PENDING:
            claim(actor=actor, review=review)
        DECISIONS[decision](actor=actor, review=review, sha256=sha256, verdict=verdict)


def undo_one(actor: User, review: Review) -> None:
    feedback = review.feedback.standing().filter(reviewer=actor).order_by("-pk").first()
    if feedback is None or review.gold_id is not None:
        raise Refused("nothing_to_undo", _("There is no decision of yours that can be taken back."))
    with transaction.atomic():
        release(actor=actor, review=undo_verdict(actor=actor, feedback=feedback))


def for_each(reviews: Iterable[Review], act: Callable[[Review], None]) -> list[Outcome]:
    """By id, so that two requests that overlap never wait for each other; the outcomes as the reviews were given."""
    given = list(reviews)
    outcomes = {review.pk: outcome(review, act) for review in sorted(given, key=lambda review: review.pk)}
    return [outcomes[review.pk] for review in given]


def outcome(review: Review, act: Callable[[Review], None]) -> Outcome:
    """Where nothing was done the review is read anew: what was taken back may stand on it."""
    try:
        act(review)
    except Refused as refused:
        review.refresh_from_db()
        return Outcome(review, refused.code, refused.detail)
    except StaleState:
        review.refresh_from_db()
        return Outcome(review, "stale_state", stale(review))
    except PermissionDenied as denied:
        return Outcome(review, "permission_denied", str(denied))
    return Outcome(review)


def stale(review: Review) -> str:
    if review.is_decided:
        return _("%(name)s has decided on it meanwhile.") % {"name": review.decided_by}
    if review.status == Review.Status.IN_REVIEW:
        return _("%(name)s is reviewing it.") % {"name": review.claimed_by}
    return _("It changed meanwhile: %(state)s.") % {"state": review.get_status_display()}
