"""What every way of asking a model has in common: how many variants, how freely, by which model, and the numbers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aigc_portal.problems import Refused
from generation.decoding_presets import LABELS, PRESETS, chosen_decoding, preset_of
from generation.engine.types import Decoding
from generation.known_models import KnownModel, known_models, model_for
from generation.models import PromptVersion
from generation.models.runs import MOST_VARIANTS

USUAL_VARIANTS = 3
NUMBERS = ("temperature", "top_p", "top_k", "repetition_penalty", "max_tokens", "seed")
LARGEST_SEED = 2**63 - 1


def number(label: Any, kind: type[forms.IntegerField] = forms.FloatField, **options: Any) -> forms.Field:
    """An optional number. Its range is for `chosen_decoding` to say."""
    return kind(label=label, required=False, widget=forms.NumberInput({"step": "any"}), **options)


class SettingsForm(forms.Form):
    """`accept_language` is the answer to the warning that the model does not write the brief's language.

    A preset of "" is the prompt's own way, offered only where it amounts to none of the presets. `refusal` is what the
    portal said to a valid form.
    """

    refusal: Refused | None = None

    variants = forms.TypedChoiceField(
        label=gettext_lazy("Variants"),
        choices=[(number, str(number)) for number in range(1, MOST_VARIANTS + 1)],
        coerce=int,
        initial=USUAL_VARIANTS,
        widget=forms.RadioSelect,
    )
    preset = forms.ChoiceField(
        label=gettext_lazy("How freely the model writes"), required=False, widget=forms.RadioSelect
    )
    model_name = forms.ChoiceField(label=gettext_lazy("Model"), required=False)
    temperature = number(LABELS["temperature"])
    top_p = number(LABELS["top_p"])
    top_k = number(LABELS["top_k"], forms.IntegerField)
    repetition_penalty = number(LABELS["repetition_penalty"])
    max_tokens = number(LABELS["max_tokens"], forms.IntegerField)
    seed = number(gettext_lazy("Seed"), forms.IntegerField, min_value=0, max_value=LARGEST_SEED)
    accept_language = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, version: PromptVersion, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.own = version.decoding
        self.language = version.prompt.language
        self.models = known_models()
        presets = [(name, preset.label) for name, preset in PRESETS.items()]
        usual = preset_of(self.own)
        self._offer("preset", presets if usual else [("", _("As the prompt says")), *presets])
        self.initial.setdefault("preset", usual)
        self._offer("model_name", [(model.name, self._described(model)) for model in self.models])
        self.initial.setdefault("model_name", model_for(self.language, self.models).name)
        for name, said in (("max_tokens", self.own.get("max_tokens", Decoding().max_tokens)), ("seed", _("random"))):
            self.fields[name].widget.attrs["placeholder"] = said

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        typed = {name: given.get(name) for name in NUMBERS if name != "seed"}
        try:
            chosen_decoding(self.own, given.get("preset", ""), typed, given.get("variants", 1))
        except ValidationError as error:
            self._add_settings_errors(error)
        return given

    @property
    def wanted(self) -> dict[str, Any]:
        """What request_run is to be told beside actor and brief."""
        names = ("variants", "preset", "model_name", "seed", "accept_language")
        decoding = {name: self.cleaned_data[name] for name in NUMBERS if name != "seed"}
        return {name: self.cleaned_data[name] for name in names} | {"decoding": decoding}

    @property
    def preset_choices(self) -> list[tuple[Any, str | Promise]]:
        """Each choice with its sentence."""
        said = {name: preset.sentence for name, preset in PRESETS.items()}
        own = gettext_lazy("The numbers that this prompt was written with.")
        return [(choice, said.get(choice.data["value"], own)) for choice in self["preset"]]

    @property
    def preset_table(self) -> tuple[list[Any], list[tuple[Any, list[Any]]]]:
        """Names of the presets, and (label, number of each) of what they set."""
        names = NUMBERS[:4]
        rows = [(self[name].label, [preset.numbers[name] for preset in PRESETS.values()]) for name in names]
        return [preset.label for preset in PRESETS.values()], rows

    @property
    def number_fields(self) -> list[BoundField]:
        return [self[name] for name in NUMBERS]

    @property
    def numbers_open(self) -> bool:
        """Whether the fold must be open: something was typed there."""
        return self.is_bound and any(self[name].errors or self[name].data for name in NUMBERS)

    @property
    def chosen_models(self) -> list[KnownModel]:
        """The models that would write, as far as the form knows them."""
        name = self["model_name"].value()
        return [model for model in self.models if model.name == name] or self.models[:1]

    @property
    def unwritten(self) -> KnownModel | None:
        """The first of the chosen models that does not write the brief's language."""
        return next((model for model in self.chosen_models if not model.writes(self.language)), None)

    def _add_settings_errors(self, error: ValidationError) -> None:
        """Each at its field; above the form where the setting is the prompt's and the form has no field for it."""
        for name, sentences in error.message_dict.items():
            self.add_error(name if name in self.fields else None, sentences)

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def _described(self, model: KnownModel) -> str:
        return model.name if model.writes(self.language) else _("%(model)s (another language)") % {"model": model.name}
