"""The settings of a run in words: what stands on its page, its drafts' pages and in comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from generation.decoding_presets import LABELS, Text

STRATEGIES: dict[str, Text] = {
    "greedy": pgettext_lazy("strategy", "Greedy"),
    "sample": pgettext_lazy("strategy", "Sampling"),
    "beam": pgettext_lazy("strategy", "Beam search"),
}
OFF = gettext_lazy("off")
UNSAID = "–"


def decoding_words(decoding: Mapping[str, Any]) -> list[tuple[Text, Any]]:
    """Label and value of each setting, in the order of LABELS."""
    return [(label, value_words(name, decoding[name])) for name, label in decoding_labels([decoding])]


def decoding_labels(decodings: Iterable[Mapping[str, Any]]) -> list[tuple[str, Text]]:
    """Name and label of what any of them sets, in the order of LABELS."""
    names = {name for decoding in decodings for name in decoding}
    known = [name for name in LABELS if name in names]
    return [(name, LABELS.get(name, name)) for name in [*known, *sorted(names - set(known))]]


def value_words(name: str, value: Any) -> Any:
    """None is a setting that a run leaves to the engine."""
    if value is None:
        return UNSAID
    if name == "strategy":
        return str(STRATEGIES.get(value, value))
    if name == "top_k" and value == 0:
        return str(OFF)
    return " · ".join(map(str, value)) or UNSAID if isinstance(value, list) else value
