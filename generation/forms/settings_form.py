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
from generation.decoding_presets import LABELS, PRESETS, RANGES, chosen_decoding, preset_of
from generation.engine.types import Decoding
from generation.forms.number_field import NumberField
from generation.known_models import KnownModel, known_models, model_for
from generation.models import GenerationRun, PromptVersion
from generation.models.languages import Language
from generation.models.runs import MOST_VARIANTS

USUAL_VARIANTS = 3
NUMBERS = ("temperature", "top_p", "top_k", "repetition_penalty", "max_tokens", "seed")
LARGEST_SEED = 2**63 - 1


def number(name: str, *, whole: bool = False) -> NumberField:
    """What replaces a number of the preset."""
    least, most = RANGES[name]
    return NumberField(label=LABELS[name], least=least, most=most, whole=whole)


class SettingsForm(forms.Form):
    """`accept_language` is the answer to the warning that the model does not write the brief's language.

    A preset of "" is the prompt's own way, offered only where it amounts to none of the presets. `refusal` is what the
    portal said to a valid form. With the person's last run of the brief (`last`) the form starts from what was chosen
    then; numbers and seed are for one run.
    """

    refusal: Refused | None = None
    has_focus = False

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
    temperature = number("temperature")
    top_p = number("top_p")
    top_k = number("top_k", whole=True)
    repetition_penalty = number("repetition_penalty")
    max_tokens = number("max_tokens", whole=True)
    seed = NumberField(label=gettext_lazy("Seed"), least=0, most=LARGEST_SEED, whole=True)
    accept_language = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, version: PromptVersion, data: Any = None, *, last: GenerationRun | None = None, **options: Any
    ) -> None:
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
        if last is not None:
            self._start_from(last)
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

    @property
    def wrong_fields(self) -> list[tuple[BoundField, str]]:
        """In the order of the page, with the id of the control (of a group its first) to go to."""
        shown = [self[name] for name in self.fields if name != "model_name" or len(self.models) > 1]
        return [(field, field.id_for_label or f"{field.auto_id}_0") for field in shown if field.errors]

    def focus_first_error(self) -> None:
        """The page is to open at the first wrong field. A group of choices has no control that could be meant alone."""
        field = next((field for field, _id in self.wrong_fields), None)
        if field is not None and not field.use_fieldset:
            field.field.widget.attrs["autofocus"] = True
            self.has_focus = True

    def _start_from(self, last: GenerationRun) -> None:
        """Of the last choice what is still on offer."""
        for name in ("variants", "preset", "model_name"):
            offered = [value for value, _label in self.fields[name].choices]  # type: ignore[attr-defined]
            if getattr(last, name) in offered:
                self.initial[name] = getattr(last, name)

    def _add_settings_errors(self, error: ValidationError) -> None:
        """Each at its field; above the form where the setting is the prompt's and the form has no field for it."""
        for name, sentences in error.message_dict.items():
            self.add_error(name if name in self.fields else None, sentences)

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def _described(self, model: KnownModel) -> str:
        """Short, because a phone shows a chosen option in one line."""
        if model.writes(self.language):
            return model.name
        return _("%(model)s (not %(language)s)") % {"model": model.name, "language": Language(self.language).label}
