"""How many tokens a team may use."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.actions.limits import MOST_DAILY, MOST_OUTSTANDING
from generation.token_budget import TeamBudget


class LimitForm(forms.Form):
    """Its fields have ids of the team, because a page shows the forms of several."""

    outstanding_tokens = forms.IntegerField(
        label=_("Tokens in work at once"),
        help_text=_(
            "Prompt and longest text of every run that waits or is being written. "
            "It keeps one team from filling the queue; 0 stops new runs."
        ),
        min_value=0,
        max_value=MOST_OUTSTANDING,
    )
    daily_tokens = forms.IntegerField(
        label=_("Tokens a day"),
        help_text=_(
            "A finished run counts with what it took, an open one with the most that it may take. "
            "The day begins at midnight in the time zone of the portal."
        ),
        min_value=0,
        max_value=MOST_DAILY,
    )

    @classmethod
    def of(cls, budget: TeamBudget, data: Any = None) -> LimitForm:
        """The form as the limits stand."""
        initial = {
            "outstanding_tokens": budget.limit.outstanding_tokens,
            "daily_tokens": budget.limit.daily_tokens,
        }
        return cls(data, initial=initial, auto_id=f"id_{budget.team.pk}_%s")
