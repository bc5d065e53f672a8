"""Drafts of a brief: the usual way, by one model, or by two to compare."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation.forms.settings_form import SettingsForm
from generation.known_models import KnownModel, model_for
from generation.models import PromptVersion


class UsualForm(SettingsForm):
    """Asks for the number of variants alone; preset and model are the usual ones for the prompt."""

    def __init__(self, version: PromptVersion, data: Any = None, **options: Any) -> None:
        super().__init__(version, data, **options)
        self.fields = {"variants": self.fields["variants"]}

    @property
    def wanted(self) -> dict[str, Any]:
        model = self.initial["model_name"] if len(self.models) > 1 else ""
        return {
            "variants": self.cleaned_data["variants"],
            "preset": self.initial["preset"],
            "model_name": model,
        }

    @property
    def chosen_models(self) -> list[KnownModel]:
        return [model_for(self.language, self.models)]


class GenerateForm(SettingsForm):
    """With two models or more it offers to compare; ComparisonForm reads the answer."""

    compares = False

    first_model = forms.ChoiceField(label=gettext_lazy("First model"), required=False)
    second_model = forms.ChoiceField(label=gettext_lazy("Second model"), required=False)

    def __init__(self, version: PromptVersion, data: Any = None, **options: Any) -> None:
        super().__init__(version, data, **options)
        names = [model.name for model in self.models]
        for field, name in zip(("first_model", "second_model"), names, strict=False):
            self._offer(field, [(model.name, self._described(model)) for model in self.models])
            self.initial.setdefault(field, name)

    @property
    def offers_comparison(self) -> bool:
        return len(self.models) > 1


class ComparisonForm(GenerateForm):
    """Two models, and the settings that both of them get."""

    compares = True

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        first, second = given.get("first_model"), given.get("second_model")
        if not first or not second or first == second:
            self.add_error("second_model", _("Choose two different models to compare."))
        return given

    @property
    def wanted(self) -> dict[str, Any]:
        """What request_comparison is to be told beside actor and brief."""
        wanted = super().wanted
        del wanted["model_name"]
        return wanted | {"model_names": (self.cleaned_data["first_model"], self.cleaned_data["second_model"])}

    @property
    def chosen_models(self) -> list[KnownModel]:
        names = {self["first_model"].value(), self["second_model"].value()}
        return [model for model in self.models if model.name in names]
