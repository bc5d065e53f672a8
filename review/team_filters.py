"""What the pages of leads are about: one team at a time."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import Team


class TeamFilters(forms.Form):
    """Chooses among the reader's teams; who has one is not asked, and a team that is not on offer is not chosen."""

    team = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int)

    def __init__(self, data: Any, *, team_ids: list[int]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.teams = list(Team.objects.filter(pk__in=team_ids).order_by("name"))
        cast(forms.ChoiceField, self.fields["team"]).choices = [(team.pk, team) for team in self.teams]
        if len(self.teams) < 2:
            del self.fields["team"]
        self.is_valid()

    @property
    def chosen_team(self) -> Team:
        wanted = self.cleaned_data.get("team")
        return next((team for team in self.teams if team.pk == wanted), self.teams[0])
