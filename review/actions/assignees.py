"""To whom a review can be assigned, and what becomes of it when that person cannot take it any more."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from aigc_portal.accounts.models import Membership, Role, User
from aigc_portal.audit.events import record
from aigc_portal.problems import Refused
from review.asking import groups_of
from review.models import Review, ReviewGroup


def refuse_assignee(review: Review, person: User) -> None:
    """Raise Refused, with the person's name, unless they may decide on the review as it stands."""
    name = {"name": person}
    if not person.is_active:
        raise Refused("not_active", _("%(name)s does not work here any more.") % name)
    if not person.has_role(review.team_id, Role.REVIEWER):
        raise Refused("not_a_reviewer", _("%(name)s is no reviewer of this team.") % name)
    if person.pk in review.draft.contributors:
        raise Refused("four_eyes", _("%(name)s asked for this text or wrote a part of it.") % name)
    if person.pk in review.barred:
        raise Refused("judged_already", _("%(name)s has judged this text already.") % name)
    if review.group is not None and review.group_id not in groups_of(person):
        detail = _("This step is for the group “%(group)s”, to which %(name)s does not belong.")
        raise Refused("not_asked", detail % (name | {"group": review.group}))
    if review.status == Review.Status.IN_REVIEW and review.claimed_by != person:
        detail = _("%(name)s is reviewing this text. Take it away first, or wait.")
        raise Refused("in_hands", detail % {"name": review.claimed_by})


def unassign_former_reviewers() -> int:
    """Open to everybody again what waits for people who left, or whom its step does not ask. Returns how many."""
    role = Membership.objects.filter(user=OuterRef("assigned_to"), team=OuterRef("team"), role=Role.REVIEWER)
    asked = ReviewGroup.objects.filter(pk=OuterRef("group"), members=OuterRef("assigned_to"))
    lost = ~Q(Exists(role)) | Q(assigned_to__is_active=False) | Q(group__isnull=False) & ~Q(Exists(asked))
    waiting = Review.objects.awaiting_review().filter(lost, assigned_to__isnull=False)
    return sum(unassign(review) for review in waiting.select_related("assigned_to", "draft__brief")[:500])


@transaction.atomic
def unassign(review: Review) -> bool:
    """False where it was assigned anew, or taken, meanwhile."""
    as_read = Review.objects.awaiting_review().filter(pk=review.pk, assigned_to=review.assigned_to)
    if not as_read.filter(group=review.group_id).update(assigned_to=None):
        return False
    before, after = {"assigned_to": str(review.assigned_to)}, {"assigned_to": ""}
    record("review.unassigned", review, actor=None, before=before, after=after)
    return True
