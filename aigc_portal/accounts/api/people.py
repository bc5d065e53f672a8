"""How people and their roles are shown."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aigc_portal.accounts.models import Role, Team, User


class PersonSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = read_only_fields = ["id", "name"]


class TeamRolesSerializer(serializers.ModelSerializer[Team]):
    roles = serializers.SerializerMethodField()

    class Meta:
        model = Team
        fields = read_only_fields = ["id", "name", "roles"]

    def get_roles(self, team: Team) -> list[Role]:
        user: User = self.context["user"]
        return sorted(Role(role) for role in user.roles_by_team[team.pk])


class MeSerializer(serializers.ModelSerializer[User]):
    teams = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = read_only_fields = ["id", "email", "name", "language", "teams"]

    @extend_schema_field(TeamRolesSerializer(many=True))
    def get_teams(self, user: User) -> list[dict[str, object]]:
        teams = Team.objects.filter(pk__in=user.roles_by_team).order_by("pk")
        return list(TeamRolesSerializer(teams, many=True, context={"user": user}).data)
