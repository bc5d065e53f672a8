"""The rules under which a team reviews."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, Team, User
from aigc_portal.audit.events import record
from aigc_portal.problems import Refused
from review.models import PolicyStep, ReviewGroup, ReviewPolicy
from review.policy_rules import PolicyRules, rules_of
from review.policy_staffing import problems_of, staff_of

MANAGERS = (Role.LEAD, Role.ADMIN)


def policy_of(team: Team) -> ReviewPolicy:
    """The newest version; a team that never chose has one step with one reviewer."""
    if policy := ReviewPolicy.objects.newest_of(team.pk):
        return policy
    try:
        with transaction.atomic():
            first = ReviewPolicy.objects.create(team=team, number=1)
            PolicyStep.objects.create(policy=first, position=1)
    except IntegrityError:  # somebody else was faster
        pass
    return ReviewPolicy.objects.prefetch_related("steps__group").filter(team=team).latest("number")


def publish_policy(*, actor: User, team: Team, rules: PolicyRules, based_on: int) -> ReviewPolicy:
    """The next version, for reviews that are submitted from now on; open ones keep theirs.

    `based_on` is the number of the version that the actor changed. Raises Refused where another one was published
    meanwhile (409), and where the rules are no others, name another team's group, or cannot be carried out (400).
    """
    require_role(actor, team.pk, *MANAGERS)
    before = policy_of(team)
    if before.number != based_on:
        raise outdated()
    if rules == rules_of(before):
        raise Refused("policy_unchanged", _("These are the rules that hold already. Nothing was published."), 400)
    if any(group.team_id != team.pk for group in rules.groups()):
        raise unknown_group()
    if problems := problems_of(rules, staff_of(team.pk)):
        raise Refused("policy_cannot_work", " ".join(problems), 400)
    try:
        with transaction.atomic():
            return write_version(actor, team, before, rules)
    except IntegrityError as error:
        if "review_policy_number_once" not in str(error):
            raise
        raise outdated() from None


def write_version(actor: User, team: Team, before: ReviewPolicy, rules: PolicyRules) -> ReviewPolicy:
    named = {group.pk for group in rules.groups()}
    # Locked, so that none of them is deleted at this moment.
    if len(ReviewGroup.objects.select_for_update().filter(team=team, pk__in=named)) != len(named):
        raise unknown_group()
    settings: dict[str, Any] = {name: value for name, value in vars(rules).items() if name != "steps"}
    policy = ReviewPolicy.objects.create(team=team, number=before.number + 1, created_by=actor, **settings)
    for position, step in enumerate(rules.steps, start=1):
        PolicyStep.objects.create(
            policy=policy,
            position=position,
            name=step.name,
            group=step.group,
            reviewers=step.reviewers,
            rule=step.rule,
        )
    record(
        "policy.published",
        policy,
        actor=actor,
        before={"number": before.number} | rules_of(before).facts(),
        after={"number": policy.number} | rules.facts(),
    )
    return policy


def outdated() -> Refused:
    return Refused("policy_changed", _("Somebody else has published a newer version. Yours was not published."))


def unknown_group() -> Refused:
    return Refused("unknown_group", _("There is no such group in this team."), 400)
