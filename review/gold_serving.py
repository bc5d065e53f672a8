"""Now and then a reviewer who takes the next text gets one whose answer is known, and cannot tell."""

from __future__ import annotations

from datetime import timedelta
from random import randint, random

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from aigc_portal.accounts.models import Role, User
from review.models import Feedback, GoldItem, Review, ReviewPolicy

# Whoever may read the answers is not measured by them.
KNOW_THE_ANSWERS = (Role.LEAD, Role.ADMIN, Role.AUDITOR)
TRIES = 3


def gold_instead(actor: User, waiting: Review, percent: int, among: Q) -> Review | None:
    """A waiting review of a text with a known answer, for the actor alone, in place of the one that is next for them.

    Comes with this probability; None otherwise, or where nothing suits: what was assigned to the actor comes first, and
    what they get fits `among` as the waiting one does.
    """
    if waiting.assigned_to_id is not None or actor.has_role(waiting.team_id, *KNOW_THE_ANSWERS):
        return None
    if random() * 100 >= percent:  # noqa: S311
        return None
    policy = ReviewPolicy.objects.filter(team=waiting.team_id).latest("number")
    for item in unmet_by(actor, waiting.team_id):
        if review := serve(actor, item, waiting, policy, among):
            return review
    return None


def unmet_by(actor: User, team_id: int) -> list[GoldItem]:
    """What is not retired and the actor has not met, made, contributed to, or judged when it was reviewed; shuffled."""
    met = Review.for_reviewers.filter(gold=OuterRef("pk"), assigned_to=actor)
    by_actor, texts = Feedback.objects.filter(reviewer=actor), ("review__draft", "draft", "approved_draft")
    unjudged = [~Exists(by_actor.filter(**{text: OuterRef("draft")})) for text in texts]
    found = GoldItem.objects.filter(team=team_id, retired_at=None).exclude(created_by=actor)
    found = found.exclude(draft__contributors__contains=[actor.pk]).filter(~Exists(met), *unjudged)
    return list(found.order_by("?")[:TRIES])


def serve(actor: User, item: GoldItem, waiting: Review, policy: ReviewPolicy, among: Q) -> Review | None:
    """It stands in the queue like the one in whose place it comes: as urgent, and about as old.

    None where it is not `among` those asked for, or the actor got it through another window at this moment.
    """
    original = Review.objects.filter(draft=item.draft_id).order_by("-pk").first()
    shift = timedelta(seconds=randint(20, 400))  # noqa: S311
    try:
        with transaction.atomic():
            review = Review.for_reviewers.create(
                team_id=item.team_id,
                draft_id=item.draft_id,
                current_draft_id=item.draft_id,
                submitted_by_id=original.submitted_by_id if original else item.created_by_id,
                submitted_at=waiting.submitted_at - shift,
                due_at=waiting.due_at - shift,
                priority=waiting.priority,
                policy=policy,
                gold=item,
                assigned_to=actor,
            )
            if not Review.for_reviewers.filter(among, pk=review.pk).exists():
                raise Unfitting
    except (Unfitting, IntegrityError):
        return None
    review.refresh_from_db()
    return review


class Unfitting(Exception):
    """Not among the texts that the reviewer asked for: what was written for it is taken back."""
