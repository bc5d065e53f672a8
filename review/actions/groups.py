"""Groups of a team's reviewers, which the steps of a policy ask."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Membership, Role, Team, User
from aigc_portal.audit.events import record
from aigc_portal.problems import Refused
from review.actions.policies import MANAGERS
from review.models import ReviewGroup, ReviewPolicy


@transaction.atomic
def create_group(*, actor: User, team: Team, name: str, members: Iterable[User] = ()) -> ReviewGroup:
    """Refused for a name that the team has already, and for members who do not review in it."""
    require_role(actor, team.pk, *MANAGERS)
    people = sorted(members, key=lambda user: user.pk)
    for user in people:
        refuse_non_reviewer(team.pk, user)
    try:
        with transaction.atomic():
            group = ReviewGroup.objects.create(team=team, name=name)
    except IntegrityError:
        raise name_taken(name) from None
    group.members.set(people)
    record("group.created", group, actor=actor, after={"name": name, "members": [str(user) for user in people]})
    return group


@transaction.atomic
def rename_group(*, actor: User, group: ReviewGroup, name: str) -> None:
    """Policies name it from now on by the new name. The same name again is no event."""
    require_role(actor, group.team_id, *MANAGERS)
    before = group.name
    if name == before:
        return
    try:
        with transaction.atomic():
            ReviewGroup.objects.filter(pk=group.pk).update(name=name)
    except IntegrityError:
        raise name_taken(name) from None
    group.name = name
    record("group.renamed", group, actor=actor, before={"name": before}, after={"name": name})


@transaction.atomic
def add_group_member(*, actor: User, group: ReviewGroup, user: User) -> None:
    """Refused for who does not review in the team. Adding a member again is no event."""
    require_role(actor, group.team_id, *MANAGERS)
    refuse_non_reviewer(group.team_id, user)
    if group.members.filter(pk=user.pk).exists():
        return
    group.members.add(user)
    record("group.member_added", group, actor=actor, member=str(user), member_id=user.pk)


@transaction.atomic
def remove_group_member(*, actor: User, group: ReviewGroup, user: User) -> None:
    """Reviews that ask the group do not ask this person any more; what they hold they may still decide."""
    require_role(actor, group.team_id, *MANAGERS)
    removed, _rows = ReviewGroup.members.through.objects.filter(reviewgroup=group, user=user).delete()
    if removed:
        record("group.member_removed", group, actor=actor, member=str(user), member_id=user.pk)


@transaction.atomic
def delete_group(*, actor: User, group: ReviewGroup) -> None:
    """Refused where any version of the policy names it, because reviews under that version may ask it."""
    require_role(actor, group.team_id, *MANAGERS)
    if not ReviewGroup.objects.select_for_update().filter(pk=group.pk).exists():
        return
    if numbers := versions_naming(group):
        named = ", ".join(map(str, numbers))
        detail = _("The policy names this group (version %(versions)s), so it stays. You can take its members out.")
        raise Refused("group_in_use", detail % {"versions": named})
    record("group.deleted", group, actor=actor, before={"name": group.name})
    ReviewGroup.objects.filter(pk=group.pk).delete()


def versions_naming(group: ReviewGroup) -> list[int]:
    """Numbers of the policy's versions that ask the group or let it decide disagreements."""
    naming = ReviewPolicy.objects.filter(Q(steps__group=group) | Q(adjudicators=group))
    return list(naming.order_by("number").values_list("number", flat=True).distinct())


def refuse_non_reviewer(team_id: int, user: User) -> None:
    if not Membership.objects.filter(team=team_id, user=user, role=Role.REVIEWER).exists():
        detail = _("%(name)s does not review in this team. Give them the role of a reviewer first.")
        raise Refused("no_reviewer", detail % {"name": user}, 400)


def name_taken(name: str) -> Refused:
    return Refused("group_exists", _("There is a group “%(name)s” already.") % {"name": name}, 400)
