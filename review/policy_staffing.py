"""Whether the people of a team can carry out a policy.

Nobody judges the same text twice, so the steps compete for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aigc_portal.accounts.models import Membership, Role
from review.models import ReviewGroup
from review.policy_rules import PolicyRules

People = frozenset[int]


@dataclass(frozen=True)
class Staff:
    """Ids of a team's reviewers, of those of them who write texts too, and of the members of its groups."""

    reviewers: People
    writers: People
    members: dict[int, People]

    def asked(self, group: ReviewGroup | None) -> People:
        """Who may judge for the group; None is any reviewer of the team."""
        return self.reviewers if group is None else self.members.get(group.pk, frozenset()) & self.reviewers


def staff_of(team_id: int) -> Staff:
    """Two queries."""
    held: dict[str, set[int]] = {Role.REVIEWER: set(), Role.MARKETER: set()}
    for user, role in Membership.objects.filter(team=team_id, role__in=held).values_list("user", "role"):
        held[role].add(user)
    members: dict[int, set[int]] = {}
    for group, user in ReviewGroup.objects.filter(team=team_id, members__isnull=False).values_list("pk", "members"):
        members.setdefault(group, set()).add(user)
    return Staff(
        reviewers=frozenset(held[Role.REVIEWER]),
        writers=frozenset(held[Role.REVIEWER] & held[Role.MARKETER]),
        members={group: frozenset(users) for group, users in members.items()},
    )


def problems_of(rules: PolicyRules, staff: Staff) -> list[str]:
    """Why reviews under these rules could never end, a sentence each; the first kind found, most plain first."""
    found = [sentence for place in range(len(rules.steps)) if (sentence := too_few(rules, staff, place))]
    if rules.adjudicators is not None and not staff.asked(rules.adjudicators):
        found.append(
            _("The group “%(group)s” decides where reviewers disagree, but nobody in it reviews in this team.")
            % {"group": rules.adjudicators}
        )
    return found or together(rules, staff)


def too_few(rules: PolicyRules, staff: Staff, place: int) -> str:
    step, wanted = rules.steps[place], rules.reviewers_at(place)
    have = len(staff.asked(step.group))
    if have >= wanted:
        return ""
    numbers = {"step": place + 1, "wanted": wanted, "have": have, "group": step.group}
    if step.group is None:
        words = ngettext(
            "Step %(step)s needs %(wanted)s reviewer, but the team has %(have)s.",
            "Step %(step)s needs %(wanted)s reviewers, but the team has %(have)s.",
            wanted,
        )
    else:
        words = ngettext(
            "Step %(step)s needs %(wanted)s reviewer of the group “%(group)s”, which has %(have)s.",
            "Step %(step)s needs %(wanted)s reviewers of the group “%(group)s”, which has %(have)s.",
            wanted,
        )
    sentence = words % numbers
    if wanted > step.reviewers and have >= step.reviewers:
        sentence = " ".join([sentence, _("One of them is for the second opinion.")])
    return sentence


def together(rules: PolicyRules, staff: Staff) -> list[str]:
    """Problems of steps that are possible each by itself."""
    seats = [[staff.asked(step.group)] * rules.reviewers_at(place) for place, step in enumerate(rules.steps)]
    everybody = [seat for step in seats for seat in step]
    if not can_be_seated(everybody):
        return [
            _("Nobody judges the same text twice. The steps together need %(wanted)s different people of these groups.")
            % {"wanted": len(everybody)}
        ]
    if rules.confirm_corrections:
        for place, step in enumerate(rules.steps):
            if not can_be_seated([*everybody, staff.asked(step.group)]):
                return [
                    _(
                        "Where somebody corrects a text at step %(step)s, nobody would be left to confirm it: "
                        "everybody who may judge is needed already."
                    )
                    % {"step": place + 1}
                ]
    for place in range(len(rules.steps)):
        judges = [seat for step in seats[: place + 1] for seat in step]
        if rules.reviewers_at(place) > 1 and not can_be_seated([*judges, staff.asked(rules.adjudicators)]):
            return [
                _(
                    "Where the reviewers of step %(step)s disagree, nobody would be left to decide: everybody who "
                    "could has judged the text. Ask fewer people, or let another group decide."
                )
                % {"step": place + 1}
            ]
    return []


def can_be_seated(seats: Sequence[People]) -> bool:
    """Whether each seat gets a person of its own, out of those who may take it (bipartite matching, by Kuhn)."""
    taken: dict[int, int] = {}

    def seat(place: int, tried: set[int]) -> bool:
        for person in seats[place] - tried:
            tried.add(person)
            if person not in taken or seat(taken[person], tried):
                taken[person] = place
                return True
        return False

    return all(seat(place, set()) for place in range(len(seats)))


def warnings_of(rules: PolicyRules, staff: Staff) -> list[str]:
    """Where texts of some authors would wait for ever, because the reviewers who are asked wrote them."""
    found = []
    for place, step in enumerate(rules.steps):
        asked = staff.asked(step.group)
        if asked & staff.writers and len(asked) - 1 < rules.reviewers_at(place):
            found.append(
                _(
                    "Step %(step)s: who is asked there writes texts too. Such a text can wait for ever, because nobody "
                    "judges their own."
                )
                % {"step": place + 1}
            )
    return found
