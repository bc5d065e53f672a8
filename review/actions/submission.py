"""The author's side of a review: submit and withdraw."""

from __future__ import annotations

from datetime import timedelta
from random import random

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.events import record
from aigc_portal.audit.transitions import transition
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.policies import policy_of
from review.models import DECIDED, OPEN, Review


@transaction.atomic
def submit_for_review(*, actor: User, draft: Draft) -> Review:
    """Put the draft into the queue. Raises Refused for an empty text, an open review, or a text decided on before."""
    require_role(actor, draft.team_id, Role.MARKETER)
    if not draft.text.strip():
        raise Refused("empty_text", _("The model wrote nothing here. Edit the draft or generate again."), 400)
    # As it was submitted, or as a reviewer corrected it.
    same = Q(draft__sha256=draft.sha256) | Q(current_draft__sha256=draft.sha256)
    same_text = Review.objects.filter(same, draft__brief=draft.brief_id)
    if same_text.filter(status__in=DECIDED).exists():
        raise Refused(
            "decided_before", _("This exact text was decided on already. Edit it, then submit the new draft.")
        )
    if same_text.filter(status__in=OPEN).exists():
        raise already_open()
    policy = policy_of(draft.team)
    try:
        with transaction.atomic():
            review = Review.objects.create(
                team_id=draft.team_id,
                draft=draft,
                current_draft=draft,
                submitted_by=actor,
                policy=policy,
                second_opinion=random() * 100 < policy.second_opinion_percent,  # noqa: S311
                due_at=Now() + timedelta(hours=policy.due_hours),
            )
    except IntegrityError as error:
        if "review_once_a_draft" not in str(error):
            raise
        raise already_open() from None
    review.refresh_from_db()
    record("review.submitted", review, actor=actor, after={"status": review.status}, sha256=draft.sha256)
    return review


@transaction.atomic
def withdraw(*, actor: User, review: Review) -> None:
    """Take a draft out of the queue before somebody works on it.

    StaleState once it is claimed or decided, Refused once a reviewer has judged it: nobody picks their judges anew.
    """
    require_role(actor, review.team_id, Role.MARKETER)
    if review.feedback.standing().exists():
        raise Refused("judged_meanwhile", _("A reviewer has judged this text. It stays in review until it is decided."))
    transition(review, Review.Status.WITHDRAWN, actor=actor)


def already_open() -> Refused:
    return Refused("review_open", _("This text is in the review queue already."))
