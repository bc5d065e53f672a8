"""Texts with a known answer: made from decided reviews, retired when they are worn out."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import User
from aigc_portal.audit.events import record
from aigc_portal.problems import Refused
from review.actions.policies import MANAGERS
from review.models import DECIDED, GoldItem, Review


@transaction.atomic
def create_gold(*, actor: User, review: Review, verdict: str, explanation: str) -> GoldItem:
    """The text that was submitted, with the verdict that is right for it and why.

    Raises Refused where the review is not decided, or the text has a known answer already.
    """
    require_role(actor, review.team_id, *MANAGERS)
    if not review.is_decided or review.gold_id is not None:
        raise Refused("not_decided", _("This review is not decided. Only a decided one can be used."))
    if verdict not in DECIDED:
        raise Refused("unknown_verdict", _("This is no verdict."), 400)
    try:
        with transaction.atomic():
            item = GoldItem.objects.create(
                team_id=review.team_id,
                draft=review.draft,
                verdict=verdict,
                explanation=explanation,
                created_by=actor,
            )
    except IntegrityError:
        raise Refused("gold_exists", _("This text has a known answer already.")) from None
    after = {"verdict": verdict, "explanation": explanation}
    record("gold.created", item, actor=actor, after=after, review=review.pk, sha256=review.draft.sha256)
    return item


@transaction.atomic
def retire_gold(*, actor: User, item: GoldItem) -> None:
    """No reviewer gets it any more; what was answered still counts. Retiring it again is no event."""
    require_role(actor, item.team_id, *MANAGERS)
    if GoldItem.objects.filter(pk=item.pk, retired_at=None).update(retired_at=Now()):
        record("gold.retired", item, actor=actor)
