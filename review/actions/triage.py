"""What a lead settles about a review before somebody decides on it: whose it is, how urgent, until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.events import record
from aigc_portal.audit.transitions import StaleState, transition
from aigc_portal.notices.actions import notify
from aigc_portal.problems import Refused
from review.actions.assignees import refuse_assignee
from review.actions.claims import FREE, release
from review.models import OPEN, Review
from review.notices import about, tell_holder


@transaction.atomic
def assign(*, actor: User, review: Review, to: User | None) -> None:
    """Give an open review to one person, who alone may take it then; None gives it back to everybody.

    A lead assigns to anybody whom the review asks; whoever it is assigned to may give it back. To whom it is assigned
    already is no event. Raises Refused where the person may not decide on it, or somebody else holds it; StaleState
    where it changed meanwhile.
    """
    own = to is None and review.assigned_to_id == actor.pk and review.gold_id is None
    require_role(actor, review.team_id, *([Role.REVIEWER] if own else []), Role.LEAD)
    refuse_gold(review)
    before = review.assigned_to
    if to == before and review.is_open:
        return
    if to is not None and review.is_open:
        refuse_assignee(review, to)
    as_read = {"assigned_to": before, "barred": review.barred, "group": review.group_id, "status": review.status}
    change(review, where=as_read | {"claimed_by": review.claimed_by_id}, assigned_to=to)
    values: dict[str, Any] = {"before": {"assigned_to": str(before or "")}, "after": {"assigned_to": str(to or "")}}
    record("review.assigned" if to else "review.unassigned", review, actor=actor, **values)
    if to is not None:
        notify(to=[to], kind="review.assigned", actor=actor, **about(review))


@transaction.atomic
def give_back(*, actor: User, review: Review) -> None:
    """Whoever a review is assigned to opens it to everybody again, and lets go of it where they hold it."""
    if review.status == Review.Status.IN_REVIEW and review.claimed_by_id == actor.pk:
        release(actor=actor, review=review)
    assign(actor=actor, review=review, to=None)


@transaction.atomic
def take_away(*, actor: User, review: Review) -> None:
    """Return to the queue what somebody holds; they are told. StaleState where they do not hold it any more."""
    require_role(actor, review.team_id, Role.LEAD)
    refuse_gold(review)
    holder = review.claimed_by
    where, data = {"claimed_by": holder}, {"held_by": str(holder or "")}
    action = "review.taken_over"
    transition(review, Review.Status.PENDING, actor=actor, where=where, action=action, data=data, **FREE)
    if holder is not None and holder != actor:
        tell_holder(review, holder)


@transaction.atomic
def set_priority(*, actor: User, review: Review, priority: int) -> None:
    """Move an open review within the queue."""
    require_role(actor, review.team_id, Role.LEAD)
    refuse_gold(review)
    before = review.priority
    if priority == before and review.is_open:
        return
    change(review, where={"priority": before}, priority=priority)
    record("review.priority_changed", review, actor=actor, before={"priority": before}, after={"priority": priority})


@transaction.atomic
def set_due(*, actor: User, review: Review, due_at: datetime) -> None:
    """Until when an open review is to be decided. If it is overdue by then, that is reported once more.

    Raises Refused for a time that is over: it would be overdue at once.
    """
    require_role(actor, review.team_id, Role.LEAD)
    refuse_gold(review)
    before = review.due_at
    if due_at == before and review.is_open:
        return
    if due_at <= timezone.now():
        raise Refused("due_in_the_past", _("This time is over. Choose a later one."), 400)
    change(review, where={"due_at": before}, due_at=due_at, escalated_at=None)
    values: dict[str, Any] = {"before": {"due_at": before.isoformat()}, "after": {"due_at": due_at.isoformat()}}
    record("review.due_changed", review, actor=actor, **values)


def refuse_gold(review: Review) -> None:
    """Only a lead comes so far, who may know: a text with a known answer stays with the reviewer whom it measures."""
    if review.gold_id is not None:
        raise Refused("known_answer", _("This is a text with a known answer. It stays where it is."))


def change(review: Review, *, where: dict[str, Any], **values: Any) -> None:
    """Write to an open review; StaleState where it was decided, or changed from what `where` says."""
    changed = Review.objects.filter(pk=review.pk, status__in=OPEN, **where).update(**values)
    review.refresh_from_db()
    if not changed:
        raise StaleState(review, "another place in the queue")
