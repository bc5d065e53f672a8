from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import require_any_role, require_role
from aigc_portal.accounts.models import Role, Team
from aigc_portal.api_input import Input, NoInput, asked, given
from aigc_portal.api_scope import PAGING, Listed
from generation.actions.limits import MOST_DAILY, MOST_OUTSTANDING, set_team_limit
from generation.token_budget import TeamBudget, budgets_of


class LimitSerializer(serializers.Serializer[TeamBudget]):
    """The limits of a team, and what it uses of them."""

    team = serializers.IntegerField(source="team.pk")
    name = serializers.CharField(source="team.name")
    outstanding_tokens = serializers.IntegerField(source="limit.outstanding_tokens")
    daily_tokens = serializers.IntegerField(source="limit.daily_tokens")
    outstanding = serializers.IntegerField(help_text="The most that its runs may take that have not ended.")
    used_today = serializers.IntegerField(
        help_text="Ended runs with what they took, open ones and those stopped at work with their most."
    )


class LimitInput(Input):
    """What is left out stays as it is."""

    outstanding_tokens = serializers.IntegerField(min_value=0, max_value=MOST_OUTSTANDING, required=False)
    daily_tokens = serializers.IntegerField(min_value=0, max_value=MOST_DAILY, required=False)


class Limits(Listed):
    """How many tokens the teams may use that the caller administers. The id is the team's."""

    queryset = Team.objects.all()
    serializer_class = LimitSerializer

    def visible(self) -> QuerySet[Team]:
        return Team.objects.filter(pk__in=require_any_role(self.user, Role.ADMIN))

    def get_object(self) -> Team:
        team = get_object_or_404(Team, pk=self.kwargs["pk"], pk__in=self.user.roles_by_team)
        require_role(self.user, team.pk, Role.ADMIN)
        return team

    def list(self, request: Request) -> Response:
        asked(NoInput, request, *PAGING)
        page: Any = self.paginate_queryset(self.visible())
        return self.get_paginated_response(self.get_serializer(budgets_of(page), many=True).data)

    def retrieve(self, request: Request, pk: int) -> Response:
        return self.answer(budgets_of([self.get_object()])[0])

    @extend_schema(request=LimitInput)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change the limits of a team; they hold for new runs."""
        team = self.get_object()
        limit = budgets_of([team])[0].limit
        kept = {"outstanding_tokens": limit.outstanding_tokens, "daily_tokens": limit.daily_tokens}
        set_team_limit(actor=self.user, team=team, **(kept | given(LimitInput, request)))
        return self.retrieve(request, pk)
