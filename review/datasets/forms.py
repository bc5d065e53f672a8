"""What an engineer chooses for an export."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aigc_portal.accounts.models import Role, Team, User
from aigc_portal.days import DayField
from generation.models import Prompt
from generation.models.languages import Language
from review.datasets.models import DatasetType
from review.datasets.selection import Selection

EXPLANATIONS = {
    DatasetType.PROMPT_COMPLETION: gettext_lazy(
        "One row for each approved text: the prompt and the text as it was approved, corrections included."
    ),
    DatasetType.PREFERENCE: gettext_lazy(
        "One row for each pair that people told apart: the approved text over a rejected one for the same prompt, "
        "a correction over its original, a revision over the text that came back."
    ),
    DatasetType.UNPAIRED_PREFERENCE: gettext_lazy(
        "One row for each judged text with its label: approved and corrected texts are true, rejected texts and "
        "the originals of corrections are false."
    ),
}


class PromptField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Names the team of each prompt where the choice is among several teams'."""

    several_teams = False

    def label_from_instance(self, obj: Prompt) -> str:
        label = f"{obj} · {obj.get_language_display()}"
        return f"{label} · {obj.team}" if self.several_teams else label


class ExportForm(forms.Form):
    """A selection among the teams in which the user is an engineer."""

    team = forms.ModelChoiceField(label=gettext_lazy("Team"), queryset=Team.objects.none(), empty_label=None)
    type = forms.ChoiceField(
        label=gettext_lazy("Type"),
        choices=DatasetType.choices,
        initial=DatasetType.PROMPT_COMPLETION,
        widget=forms.RadioSelect,
    )
    decided_from = DayField(label=gettext_lazy("Decided from"), required=False)
    decided_to = DayField(label=gettext_lazy("Decided until"), required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=[("", gettext_lazy("All languages")), *Language.choices],
    )
    prompt = PromptField(
        label=gettext_lazy("Prompt"),
        required=False,
        queryset=Prompt.objects.none(),
        empty_label=gettext_lazy("All prompts"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.filter(pk__in=user.teams_as(Role.ENGINEER)).order_by("name")
        self.several_teams = len(teams) > 1
        team = cast("forms.ModelChoiceField[Team]", self.fields["team"])
        team.queryset, team.initial = teams, teams[0].pk if teams else None
        if not self.several_teams:
            team.widget = forms.HiddenInput()
        prompt = cast(PromptField, self.fields["prompt"])
        prompt.several_teams = self.several_teams
        prompt.queryset = Prompt.objects.filter(team__in=teams).select_related("team").order_by("name", "team__name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("decided_from"), cleaned.get("decided_to")
        if first and last and first > last:
            self.add_error("decided_to", ValidationError(_("The period ends before it begins.")))
        prompt = cleaned.get("prompt")
        if prompt and cleaned.get("team") and prompt.team_id != cleaned["team"].pk:
            self.add_error("prompt", ValidationError(_("This prompt belongs to another team.")))
        return cleaned

    def selection(self) -> Selection:
        """Of a valid form."""
        chosen = self.cleaned_data
        return Selection(
            team_id=chosen["team"].pk,
            decided_from=chosen["decided_from"],
            decided_to=chosen["decided_to"],
            language=chosen["language"],
            prompt_id=chosen["prompt"].pk if chosen["prompt"] else None,
        )

    def types(self) -> list[dict[str, Any]]:
        """The radio buttons, each with its explanation."""
        return [{"choice": choice, "explanation": EXPLANATIONS[choice.data["value"]]} for choice in self["type"]]
