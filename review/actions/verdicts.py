"""What a reviewer says, written down as one row of feedback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import DurationField, ExpressionWrapper, F, IntegerField
from django.db.models.functions import Cast, Extract, Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.models import User
from aigc_portal.problems import Refused
from generation.models import Draft
from review.models import Feedback, ReasonCode, Review


@dataclass(frozen=True)
class Verdict:
    """What the reviewer said. Ratings run from 1 to 5; None is not rated."""

    reasons: Sequence[str] = ()
    accuracy: int | None = None
    brand_fit: int | None = None
    language: int | None = None
    comment: str = ""
    facts_checked: bool = False


def write_feedback(actor: User, review: Review, verdict: str, said: Verdict, approved: Draft | None) -> Feedback:
    """Inside the caller's transaction, while the actor holds the review.

    Raises Refused for an unknown reason, and for an approval without the fact check that the policy asks for.
    """
    checked = said.facts_checked or review.break_glass or not review.policy.fact_check
    if verdict == Review.Status.APPROVED and not checked:
        raise Refused("facts_unchecked", _("Check the facts of the text first, and say so with the tick."), 400)
    reasons = list(ReasonCode.objects.on_offer().filter(team_id=review.team_id, code__in=said.reasons))
    if unknown := set(said.reasons) - {reason.code for reason in reasons}:
        raise Refused("unknown_reason", _("Unknown reason: %(codes)s.") % {"codes": ", ".join(sorted(unknown))}, 400)
    feedback = Feedback.objects.create(
        review=review,
        reviewer=actor,
        step=review.step,
        kind=Feedback.Kind.ADJUDICATION if review.disputed else Feedback.Kind.REVIEW,
        verdict=verdict,
        draft=review.current_draft,
        approved_draft=approved,
        facts_checked=said.facts_checked,
        accuracy=said.accuracy,
        brand_fit=said.brand_fit,
        language=said.language,
        comment=said.comment,
        seconds=seconds_held(review),
    )
    feedback.reasons.set(reasons)
    return feedback


def seconds_held(review: Review) -> int | None:
    """Whole seconds since the review was taken, by the database's clock."""
    held = Cast(Extract(ExpressionWrapper(Now() - F("claimed_at"), DurationField()), "epoch"), IntegerField())
    seconds: int | None = Review.for_reviewers.filter(pk=review.pk).values_list(held, flat=True).get()
    return seconds
