"""Reviews that nobody decided in time are reported, once, to those who can change that."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.events import record
from aigc_portal.notices.actions import notify
from review.models import OPEN, Review
from review.notices import about

AT_ONCE = 200  # in one pass of the sweeper; the others in the next


def escalate_overdue() -> int:
    """Tell the leads, and whoever has it, of each open review whose time is over. Returns how many.

    Again only after another due date was set. Texts with a known answer are left out.
    """
    overdue = Review.objects.filter(status__in=OPEN, due_at__lt=Now(), escalated_at=None).order_by("due_at")
    return sum(escalate(review) for review in overdue.select_related("draft__brief")[:AT_ONCE])


@transaction.atomic
def escalate(review: Review) -> bool:
    """False where another process was faster, or the review is not overdue any more."""
    still = Review.objects.filter(pk=review.pk, status__in=OPEN, due_at__lt=Now(), escalated_at=None)
    if not still.update(escalated_at=Now()):
        return False
    review.refresh_from_db(fields=["claimed_by", "assigned_to", "due_at"])
    record("review.escalated", review, actor=None, due_at=review.due_at.isoformat())
    notify(to=told_of(review), kind="review.escalated", urgent=True, **about(review))
    return True


def told_of(review: Review) -> list[User]:
    """Whoever leads reviews in the team, holds this one, or was assigned it; the admins where that is nobody."""
    leads = Q(memberships__team=review.team_id, memberships__role=Role.LEAD)
    has_it = Q(pk__in=[review.claimed_by_id, review.assigned_to_id])
    admins = Q(memberships__team=review.team_id, memberships__role=Role.ADMIN)
    active = User.objects.filter(is_active=True)
    return list(active.filter(leads | has_it).distinct()) or list(active.filter(admins).distinct())
