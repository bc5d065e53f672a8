"""Why one reader cannot decide on a review at this moment, in a sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _

from aigc_portal.accounts.models import Role, User
from review.asking import is_asked
from review.models import Review


def obstacle(user: User, review: Review, groups: frozenset[int]) -> str:
    """Empty where the user holds the review, or may take it. `groups` are those of asking.groups_of: no query here."""
    if not user.has_role(review.team_id, Role.REVIEWER):
        return _("You are no reviewer of this team.")
    if review.is_decided:
        return _("%(name)s has decided on it: %(state)s.") % {
            "name": review.decided_by,
            "state": review.get_status_display(),
        }
    if not review.is_open:
        return _("Its author has withdrawn it.")
    if user.pk in review.draft.contributors:
        return _("You asked for this text or wrote a part of it.")
    if review.status == Review.Status.IN_REVIEW:
        holds = review.claimed_by_id == user.pk
        return "" if holds else _("%(name)s is reviewing it.") % {"name": review.claimed_by}
    return "" if is_asked(user, review, groups) else who_is_asked(user, review)


def who_is_asked(user: User, review: Review) -> str:
    if user.pk in review.barred:
        return _("You have judged this text. Now somebody else is asked.")
    if review.assigned_to is not None and review.assigned_to != user:
        return _("It is assigned to %(name)s.") % {"name": review.assigned_to}
    detail = _("This step is for the group “%(group)s”, to which you do not belong.")
    return detail % {"group": review.group}
