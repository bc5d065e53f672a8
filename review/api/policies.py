from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.api_input import Input, given
from aigc_portal.api_scope import TeamScoped, location
from review.actions.policies import MANAGERS, publish_policy
from review.api.managed_team import managed_team
from review.forms.policy_form import LONGEST_DUE_HOURS
from review.models import PolicyStep, ReviewGroup, ReviewPolicy
from review.models.policies import DUE_HOURS, MOST_REVIEWERS, MOST_STEPS
from review.policy_rules import PolicyRules, StepRules


class PolicyStepSerializer(serializers.ModelSerializer[PolicyStep]):
    """`group` null asks any reviewer of the team."""

    class Meta:
        model = PolicyStep
        fields = read_only_fields = ["position", "name", "group", "reviewers", "rule"]


class PolicySerializer(serializers.ModelSerializer[ReviewPolicy]):
    """One version; the highest `number` of a team holds for what is submitted from now on."""

    steps = PolicyStepSerializer(many=True, read_only=True)
    created_by = PersonSerializer(read_only=True)

    class Meta:
        model = ReviewPolicy
        fields = read_only_fields = [
            "id",
            "team",
            "number",
            "steps",
            "adjudicators",
            "blind",
            "fact_check",
            "confirm_corrections",
            "second_opinion_percent",
            "gold_percent",
            "due_hours",
            "created_by",
            "created_at",
        ]


class StepInput(Input):
    name = serializers.CharField(max_length=PolicyStep._meta.get_field("name").max_length, allow_blank=True, default="")
    group = serializers.IntegerField(allow_null=True, default=None, help_text="Null asks any reviewer of the team.")
    reviewers = serializers.IntegerField(min_value=1, max_value=MOST_REVIEWERS, default=1)
    rule = serializers.ChoiceField(PolicyStep.Rule.choices, default=PolicyStep.Rule.MAJORITY.value)


class PolicyInput(Input):
    team = serializers.IntegerField(required=False, help_text="Needed by leads of several teams.")
    based_on = serializers.IntegerField(help_text="Number of the version that this one is to replace.")
    steps = serializers.ListField(child=StepInput(), min_length=1, max_length=MOST_STEPS)
    adjudicators = serializers.IntegerField(allow_null=True, default=None, help_text="A group; null is any reviewer.")
    blind = serializers.BooleanField(default=False)
    fact_check = serializers.BooleanField(default=False)
    confirm_corrections = serializers.BooleanField(default=False)
    second_opinion_percent = serializers.IntegerField(min_value=0, max_value=100, default=0)
    gold_percent = serializers.IntegerField(min_value=0, max_value=100, default=0)
    due_hours = serializers.IntegerField(min_value=1, max_value=LONGEST_DUE_HOURS, default=DUE_HOURS)


class ReviewPolicies(TeamScoped):
    """The versions of the rules under which the user's teams review."""

    queryset = ReviewPolicy.objects.select_related("created_by").prefetch_related("steps")
    serializer_class = PolicySerializer

    @extend_schema(request=PolicyInput, responses={201: PolicySerializer})
    def create(self, request: Request) -> Response:
        """Publish the next version, for what is submitted from now on. 409 where `based_on` holds no more."""
        asked = given(PolicyInput, request)
        team = managed_team(self.user, asked.pop("team", None))
        require_role(self.user, team.pk, *MANAGERS)
        based_on = asked.pop("based_on")
        policy = publish_policy(actor=self.user, team=team, rules=rules_from(team.pk, asked), based_on=based_on)
        return self.answer(policy, 201, location("api-review-policy", policy))


def rules_from(team_id: int, asked: dict[str, Any]) -> PolicyRules:
    """The checked input with its groups. Raises ValidationError for a group that the team does not have."""
    wanted = {step["group"] for step in asked["steps"]} | {asked["adjudicators"]}
    groups: dict[int | None, ReviewGroup | None] = {None: None}
    groups |= ReviewGroup.objects.filter(team=team_id).in_bulk(list(wanted - {None}))
    if missing := wanted - groups.keys():
        named = ", ".join(str(pk) for pk in sorted(pk for pk in missing if pk is not None))
        field = "adjudicators" if asked["adjudicators"] in missing else "steps"
        detail = _("There is no such group in this team: %(groups)s.") % {"groups": named}
        raise serializers.ValidationError({field: [detail]})
    steps = tuple(StepRules(**step | {"group": groups[step["group"]]}) for step in asked.pop("steps"))
    return PolicyRules(steps=steps, **asked | {"adjudicators": groups[asked["adjudicators"]]})
