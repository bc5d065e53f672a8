"""Three ways to choose the next word, by name, and the decoding of a run: the prompt's, a preset's, what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from generation.engine.errors import RequestError, UnsupportedDecoding
from generation.engine.types import Decoding

Text = str | Promise

MOST_TOKENS = 2048
"""The longest text that anybody may ask for: what one run can cost the others stays bounded."""

RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0.01, 10),
    "top_p": (0.001, 1),
    "top_k": (0, 1_000_000),
    "repetition_penalty": (0.1, 10),
    "num_beams": (1, 16),
    "max_tokens": (1, MOST_TOKENS),
}
"""What a person may type: the engine's own limits (engine/types.Decoding), but for the length."""

LABELS: dict[str, Text] = {
    "strategy": gettext_lazy("Strategy"),
    "temperature": gettext_lazy("Temperature"),
    "top_p": gettext_lazy("Top-p"),
    "top_k": gettext_lazy("Top-k"),
    "repetition_penalty": gettext_lazy("Repetition penalty"),
    "num_beams": gettext_lazy("Beams"),
    "max_tokens": gettext_lazy("Most tokens"),
    "stop": gettext_lazy("Stop strings"),
}


@dataclass(frozen=True)
class Preset:
    """`numbers` are fields of the engine's Decoding; length and stop strings stay the prompt's."""

    name: str
    label: Text
    sentence: Text
    numbers: Mapping[str, Any]


def preset(name: str, label: Text, sentence: Text, temperature: float, top_p: float) -> Preset:
    numbers = {"strategy": "sample", "temperature": temperature, "top_p": top_p}
    return Preset(name, label, sentence, numbers | {"top_k": 0, "repetition_penalty": 1.1, "num_beams": 1})


FAITHFUL = preset(
    "faithful",
    pgettext_lazy("preset", "Faithful"),
    gettext_lazy("Stays closest to the brief. The variants are much alike."),
    temperature=0.2,
    top_p=0.8,
)
BALANCED = preset(
    "balanced",
    pgettext_lazy("preset", "Balanced"),
    gettext_lazy("The usual choice: some variety, little risk."),
    temperature=0.4,
    top_p=0.9,
)
INVENTIVE = preset(
    "inventive",
    pgettext_lazy("preset", "Inventive"),
    gettext_lazy("More surprising, more varied. Check the facts twice."),
    temperature=0.8,
    top_p=0.95,
)
PRESETS = {preset.name: preset for preset in (FAITHFUL, BALANCED, INVENTIVE)}


def preset_of(own: Mapping[str, Any]) -> str:
    """The preset that a prompt's own decoding amounts to; "" for none of them."""
    return next((name for name, preset in PRESETS.items() if follows(preset, own)), "")


def follows(preset: Preset, decoding: Mapping[str, Any]) -> bool:
    said = asdict(Decoding()) | dict(decoding)
    return all(said[name] == value for name, value in preset.numbers.items())


def preset_label(name: str, decoding: Mapping[str, Any]) -> str:
    """In words, for a run of this preset and decoding; "" where no preset was chosen."""
    preset = PRESETS.get(name)
    if preset is None:
        return name
    if follows(preset, decoding):
        return str(preset.label)
    return _("%(preset)s, changed") % {"preset": preset.label}


def chosen_decoding(own: Mapping[str, Any], preset: str, typed: Mapping[str, Any], variants: int = 1) -> dict[str, Any]:
    """A run's decoding: the prompt's `own`, under the preset's numbers, under what was typed (None: nothing).

    Raises ValidationError, one list of messages a field.
    """
    numbers = {name: value for name, value in typed.items() if value is not None}
    chosen = PRESETS[preset].numbers if preset in PRESETS else {}
    errors = {name: outside(name) for name, value in numbers.items() if not fits(name, value)}
    if preset and not chosen:
        errors["preset"] = [_("Choose one of: %(choices)s.") % {"choices": ", ".join(PRESETS)}]
    if errors:
        raise ValidationError(errors)
    decoding = {**own, **chosen, **numbers}
    check_together(decoding, variants)
    if decoding.get("num_beams") == 1:
        del decoding["num_beams"]  # says nothing beside a strategy without beams
    return decoding


def fits(name: str, value: Any) -> bool:
    if name not in RANGES:
        return name == "strategy"
    least, most = RANGES[name]
    return isinstance(value, int | float) and least <= value <= most


def outside(name: str) -> list[str]:
    if name not in RANGES:
        return [_("There is no such setting.")]
    least, most = RANGES[name]
    return [_("Enter a number from %(least)s to %(most)s.") % {"least": least, "most": most}]


def check_together(decoding: Mapping[str, Any], variants: int) -> None:
    """Raise ValidationError for a combination that no engine can follow, or a prompt that asks for too much."""
    try:
        settings = Decoding(**{**decoding, "stop": tuple(decoding.get("stop", ()))})
    except UnsupportedDecoding:
        sentence = _("Beam search needs two beams or more; the strategies “greedy” and “sample” have one.")
        raise ValidationError({"num_beams": [sentence]}) from None
    except RequestError as error:
        raise ValidationError({NON_FIELD_ERRORS: [str(error)]}) from None
    except TypeError:  # a name or a kind of value that only a prompt can hold: what is typed was looked at before
        sentence = _("The settings that this prompt was written with cannot be used. Choose another prompt.")
        raise ValidationError({NON_FIELD_ERRORS: [sentence]}) from None
    if settings.max_tokens > MOST_TOKENS:
        raise ValidationError({"max_tokens": outside("max_tokens")})
    if settings.strategy == "beam" and variants > settings.num_beams:
        sentence = _("With %(beams)s beams there can be %(beams)s variants at most.")
        raise ValidationError({"num_beams": [sentence % {"beams": settings.num_beams}]})
