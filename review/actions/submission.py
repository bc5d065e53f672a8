"""The author's side of a review: submit and withdraw."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.events import record
from aigc_portal.audit.transitions import transition
from aigc_portal.problems import Refused
from generation.models import Draft
from review.models import DECIDED, OPEN, Review


@transaction.atomic
def submit_for_review(*, actor: User, draft: Draft) -> Review:
    """Put the draft into the queue. Raises Refused for an empty text, an open review, or a text decided on before."""
    require_role(actor, draft.team_id, Role.MARKETER)
    if not draft.text.strip():
        raise Refused("empty_text", _("The model wrote nothing here. Edit the draft or generate again."), 400)
    same_text = Review.objects.filter(draft__brief=draft.brief_id, draft__sha256=draft.sha256)
    if same_text.filter(status__in=DECIDED).exists():
        raise Refused(
            "decided_before", _("This exact text was decided on already. Edit it, then submit the new draft.")
        )
    if same_text.filter(status__in=OPEN).exists():
        raise already_open()
    try:
        with transaction.atomic():
            review = Review.objects.create(team_id=draft.team_id, draft=draft, submitted_by=actor)
    except IntegrityError as error:
        if "review_once_a_draft" not in str(error):
            raise
        raise already_open() from None
    record("review.submitted", review, actor=actor, after={"status": review.status}, sha256=draft.sha256)
    return review


@transaction.atomic
def withdraw(*, actor: User, review: Review) -> None:
    """Take a draft out of the queue before somebody works on it. StaleState once it is claimed or decided."""
    require_role(actor, review.team_id, Role.MARKETER)
    transition(review, Review.Status.WITHDRAWN, actor=actor)


def already_open() -> Refused:
    return Refused("review_open", _("This text is in the review queue already."))
