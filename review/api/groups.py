from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.accounts.models import User
from aigc_portal.api_input import Input, NoInput, given
from aigc_portal.api_scope import TeamScoped, location
from review.actions.groups import add_group_member, create_group, delete_group, remove_group_member, rename_group
from review.actions.policies import MANAGERS
from review.api.managed_team import managed_team
from review.models import ReviewGroup

LONGEST_NAME = ReviewGroup._meta.get_field("name").max_length


class GroupSerializer(serializers.ModelSerializer[ReviewGroup]):
    members = PersonSerializer(many=True, read_only=True)

    class Meta:
        model = ReviewGroup
        fields = read_only_fields = ["id", "team", "name", "members"]


class NewGroupInput(Input):
    team = serializers.IntegerField(required=False, help_text="Needed by leads of several teams.")
    name = serializers.CharField(max_length=LONGEST_NAME)
    members = serializers.ListField(child=serializers.IntegerField(), default=list, max_length=500)


class GroupInput(Input):
    """What is left out stays as it is; `members` are all who are to be in it."""

    name = serializers.CharField(max_length=LONGEST_NAME, required=False)
    members = serializers.ListField(child=serializers.IntegerField(), required=False, max_length=500)


class ReviewGroups(TeamScoped):
    """Groups of reviewers, which the steps of a policy ask."""

    queryset = ReviewGroup.objects.prefetch_related("members")
    serializer_class = GroupSerializer

    @extend_schema(request=NewGroupInput, responses={201: GroupSerializer})
    def create(self, request: Request) -> Response:
        """Make a group of some of the team's reviewers."""
        asked = given(NewGroupInput, request)
        team = managed_team(self.user, asked.get("team"))
        require_role(self.user, team.pk, *MANAGERS)
        members = people_of(team.pk, asked["members"])
        group = create_group(actor=self.user, team=team, name=asked["name"], members=members)
        return self.answer(group, 201, location("api-review-group", group))

    @extend_schema(request=GroupInput)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Rename the group, or say who is in it."""
        group = self.get_object()
        require_role(self.user, group.team_id, *MANAGERS)
        asked = given(GroupInput, request)
        with transaction.atomic():
            if "name" in asked:
                rename_group(actor=self.user, group=group, name=asked["name"])
            if "members" in asked:
                self._set_members(group, asked["members"])
        return Response(self.current(group))

    @extend_schema(request=NoInput, responses={204: OpenApiResponse(description="It is gone.")})
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a group that no version of the policy names."""
        delete_group(actor=self.user, group=self.get_object())
        return Response(status=204)

    def _set_members(self, group: ReviewGroup, wanted: list[int]) -> None:
        now = {user.pk: user for user in group.members.all()}
        for user in people_of(group.team_id, [pk for pk in wanted if pk not in now]):
            add_group_member(actor=self.user, group=group, user=user)
        for pk, user in now.items():
            if pk not in wanted:
                remove_group_member(actor=self.user, group=group, user=user)


def people_of(team_id: int, wanted: list[int]) -> Any:
    """People of the team, in the order of their ids. Raises ValidationError for anybody else."""
    found = list(User.objects.filter(memberships__team=team_id, pk__in=wanted).distinct().order_by("pk"))
    if missing := set(wanted) - {user.pk for user in found}:
        named = ", ".join(map(str, sorted(missing)))
        raise serializers.ValidationError({"members": [_("Not in this team: %(people)s.") % {"people": named}]})
    return found
