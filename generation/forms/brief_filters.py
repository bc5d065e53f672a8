"""What a list of briefs may be narrowed to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import User
from generation.brief_states import BriefState
from generation.models import Brief, Prompt
from generation.models.languages import Language

ALL = ("", _("All"))


class BriefFilters(forms.Form):
    """An unknown choice filters nothing."""

    state = forms.ChoiceField(label=_("State"), choices=[ALL, *BriefState.choices], required=False)
    prompt = forms.ModelChoiceField(
        label=_("Prompt"), queryset=Prompt.objects.none(), empty_label=ALL[1], required=False
    )
    language = forms.ChoiceField(label=_("Language"), choices=[ALL, *Language.choices], required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        prompts = Prompt.objects.visible_to(user).order_by("name", "language")
        self.fields["prompt"].queryset = prompts  # type: ignore[attr-defined]

    def narrow(self, briefs: QuerySet[Brief]) -> QuerySet[Brief]:
        """The briefs that match; they carry `state` already."""
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("state"):
            briefs = briefs.filter(Q(state=wanted["state"]))
        if wanted.get("prompt"):
            briefs = briefs.filter(prompt_version__prompt=wanted["prompt"])
        if wanted.get("language"):
            briefs = briefs.filter(language=wanted["language"])
        return briefs

    @property
    def are_set(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())
