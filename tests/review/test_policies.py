"""Publishing a policy: versions, and what cannot work."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from aigc_portal.accounts.models import Membership, Role
from aigc_portal.audit.models import AuditEvent
from aigc_portal.problems import Refused
from review.actions import policies
from review.actions.policies import policy_of, publish_policy
from review.models import Review, ReviewPolicy
from review.policy_rules import PolicyRules, StepRules, rules_of
from review.policy_staffing import problems_of, staff_of, warnings_of
from review.policy_words import changes_between, words_of
from tests.cast import Cast
from tests.factories import make_group, make_policy

TWO = PolicyRules(steps=(StepRules(reviewers=2),))


def publish(cast: Cast, rules: PolicyRules, based_on: int = 1) -> ReviewPolicy:
    return publish_policy(actor=cast.lead, team=cast.team, rules=rules, based_on=based_on)


def test_a_new_version_holds_for_what_is_submitted_from_then_on(cast: Cast, waiting: Review) -> None:
    editors = make_group(cast.team, "Editors", cast.reviewer, cast.second_reviewer)
    rules = PolicyRules(
        steps=(StepRules("Editing", editors, 2, "unanimous"), StepRules("Legal", None, 1)),
        blind=True,
        fact_check=True,
        adjudicators=None,
        gold_percent=5,
        due_hours=24,
    )
    make_reviewers(cast, 2)
    made = publish(cast, rules)
    assert (made.number, made.created_by) == (2, cast.lead)
    assert rules_of(policy_of(cast.team)) == rules
    assert Review.objects.get(pk=waiting.pk).policy.number == 1


def test_publishing_is_an_event_with_both_versions(cast: Cast) -> None:
    made = publish(cast, TWO)
    event = AuditEvent.objects.about(made)[0]
    assert (event.action, event.actor, event.team_id) == ("policy.published", cast.lead, cast.team.pk)
    assert event.data["before"]["step_1"] == "1: 1 of all reviewers, majority"
    assert event.data["after"] | {"number": 2, "step_1": "1: 2 of all reviewers, majority"} == event.data["after"]
    assert event.data["before"]["number"] == 1


@pytest.mark.parametrize("person", ["marketer", "reviewer", "auditor", "engineer", "outsider"])
def test_only_leads_and_admins_publish(cast: Cast, person: str) -> None:
    with pytest.raises(PermissionDenied):
        publish_policy(actor=getattr(cast, person), team=cast.team, rules=TWO, based_on=1)
    assert not AuditEvent.objects.filter(action="policy.published").exists()


def test_an_admin_publishes(cast: Cast) -> None:
    assert publish_policy(actor=cast.admin, team=cast.team, rules=TWO, based_on=1).number == 2


def test_who_read_an_older_version_is_told(cast: Cast) -> None:
    publish(cast, TWO)
    with pytest.raises(Refused, match="policy_changed") as caught:
        publish(cast, replace(TWO, blind=True), based_on=1)
    assert caught.value.status == 409
    assert policy_of(cast.team).number == 2


def test_of_two_at_the_same_moment_one_wins(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has looked before the first wrote."""
    read = policy_of(cast.team)
    publish(cast, TWO)
    monkeypatch.setattr(policies, "policy_of", lambda _team: read)
    with pytest.raises(Refused, match="policy_changed"):
        publish(cast, replace(TWO, blind=True))
    assert ReviewPolicy.objects.filter(team=cast.team).count() == 2


def test_the_same_rules_are_no_version(cast: Cast) -> None:
    with pytest.raises(Refused, match="policy_unchanged"):
        publish(cast, PolicyRules())


def test_another_teams_group_is_unknown(cast: Cast) -> None:
    theirs = make_group(cast.other_team, "Editors", cast.reviewer)
    with pytest.raises(Refused, match="unknown_group"):
        publish(cast, PolicyRules(steps=(StepRules(group=theirs),)))
    with pytest.raises(Refused, match="unknown_group"):
        publish(cast, replace(TWO, adjudicators=theirs))
    assert policy_of(cast.team).number == 1


def make_reviewers(cast: Cast, count: int) -> None:
    """More of them in the team, out of those who do other things."""
    others = [cast.marketer, cast.second_marketer, cast.engineer, cast.admin, cast.auditor]
    Membership.objects.bulk_create(Membership(team=cast.team, user=user, role=Role.REVIEWER) for user in others[:count])


def problem(cast: Cast, rules: PolicyRules) -> str:
    return " ".join(problems_of(rules, staff_of(cast.team.pk)))


def test_a_team_with_too_few_reviewers(cast: Cast) -> None:
    said = problem(cast, PolicyRules(steps=(StepRules(reviewers=4),)))
    assert said == "Step 1 needs 4 reviewers, but the team has 3."
    with pytest.raises(Refused, match="policy_cannot_work") as caught:
        publish(cast, PolicyRules(steps=(StepRules(reviewers=4),)))
    assert caught.value.detail == said


def test_a_group_with_too_few_members_who_review(cast: Cast) -> None:
    legal = make_group(cast.team, "Legal", cast.reviewer, cast.marketer)
    said = problem(cast, PolicyRules(steps=(StepRules(), StepRules(group=legal, reviewers=2))))
    assert said == "Step 2 needs 2 reviewers of the group “Legal”, which has 1."


def test_a_second_opinion_needs_one_more(cast: Cast) -> None:
    assert not problem(cast, PolicyRules(second_opinion_percent=10))
    said = problem(cast, PolicyRules(steps=(StepRules(reviewers=3),), second_opinion_percent=1))
    assert said == "Step 1 needs 4 reviewers, but the team has 3. One of them is for the second opinion."


def test_adjudicators_without_anybody(cast: Cast) -> None:
    nobody = make_group(cast.team, "Judges", cast.marketer)
    assert "“Judges” decides where reviewers disagree, but nobody in it reviews" in problem(
        cast, replace(TWO, adjudicators=nobody)
    )


def test_nobody_judges_twice_so_steps_share_the_people(cast: Cast) -> None:
    legal = make_group(cast.team, "Legal", cast.reviewer)
    both = PolicyRules(steps=(StepRules(group=legal), StepRules(group=legal)))
    assert "The steps together need 2 different people" in problem(cast, both)
    assert not problem(cast, PolicyRules(steps=(StepRules(), StepRules(group=legal))))


def test_somebody_is_left_to_decide_where_reviewers_disagree(cast: Cast) -> None:
    assert "Where the reviewers of step 1 disagree" in problem(cast, PolicyRules(steps=(StepRules(reviewers=3),)))
    judge = make_group(cast.team, "Judges", cast.third_reviewer)
    three = PolicyRules(steps=(StepRules(reviewers=3),), adjudicators=judge)
    assert "Where the reviewers of step 1 disagree" in problem(cast, three)
    make_reviewers(cast, 1)
    assert not problem(cast, three)


def test_somebody_is_left_to_confirm_a_correction(cast: Cast) -> None:
    legal = make_group(cast.team, "Legal", cast.reviewer)
    rules = PolicyRules(steps=(StepRules(), StepRules(group=legal)), confirm_corrections=True)
    assert "Where somebody corrects a text at step 2, nobody would be left to confirm it" in problem(cast, rules)
    legal.members.add(cast.second_reviewer)
    assert not problem(cast, rules)


def test_authors_among_the_reviewers_are_a_warning(cast: Cast) -> None:
    staff = staff_of(cast.team.pk)
    assert warnings_of(TWO, staff) == []
    writing = make_group(cast.team, "Writers", cast.marketer)
    make_reviewers(cast, 1)
    rules = PolicyRules(steps=(StepRules(), StepRules(group=writing)))
    assert [sentence[:6] for sentence in warnings_of(rules, staff_of(cast.team.pk))] == ["Step 2"]
    assert publish(cast, rules).number == 2


def test_a_policy_in_words(cast: Cast) -> None:
    legal = make_group(cast.team, "Legal", cast.reviewer)
    rules = PolicyRules(
        steps=(StepRules("Editors", None, 2, "unanimous"), StepRules(group=legal)),
        adjudicators=legal,
        second_opinion_percent=10,
        due_hours=1,
    )
    words = words_of(rules)
    assert words["Step 1"] == "Editors: 2 reviewers of the team, all agree"
    assert words["Step 2"] == "1 reviewer of the group “Legal”"
    assert words["Disagreement"] == "Somebody of the group “Legal” decides"
    assert words["Second opinion"] == "10% of the texts, with one reviewer more at step 1"
    assert words["Due"] == "1 hour after the text was submitted"
    with translation.override("zh-hans"):
        assert len(words_of(rules)) == len(words)


def test_a_second_opinion_makes_one_reviewer_two_who_have_to_agree() -> None:
    assert words_of(PolicyRules(second_opinion_percent=5))["Step 1"] == "1 reviewer of the team, more than half agree"


def test_the_difference_between_two_versions_in_words() -> None:
    after = PolicyRules(steps=(StepRules(), StepRules("Legal")), blind=True)
    changes = changes_between(PolicyRules(), after)
    assert [(change.field, change.before) for change in changes] == [
        ("Step 2", ""),
        ("Verdicts of others", "Seen by who judges later"),
    ]
    back = changes_between(after, PolicyRules())
    assert (back[0].field, back[0].after) == ("Step 2", "")


def test_what_python_and_the_database_keep_is_the_same(cast: Cast) -> None:
    rules = PolicyRules(steps=(StepRules("A", None, 2, "unanimous"),), confirm_corrections=True, gold_percent=100)
    assert rules_of(publish(cast, rules)) == rules
    assert rules_of(make_policy(cast.team, {"reviewers": 3})).steps[0].reviewers == 3
