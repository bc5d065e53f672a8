from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from generation.decoding_presets import LABELS, MOST_TOKENS, PRESETS, RANGES, chosen_decoding, preset_label, preset_of
from generation.engine.errors import RequestError
from generation.engine.types import MOST_BEAMS, Decoding
from generation.seeds.prompts import PROMPTS, SAMPLING

OWN = SAMPLING | {"max_tokens": 110, "stop": ["\n\n"]}


def test_the_seeded_prompts_are_balanced() -> None:
    assert {preset_of(prompt["decoding"]) for prompt in PROMPTS} == {"balanced"}


def test_a_prompt_of_its_own_kind_is_none_of_them() -> None:
    assert preset_of({"strategy": "sample", "temperature": 0.5}) == ""
    assert preset_of({"strategy": "beam", "num_beams": 4}) == ""


def test_from_faithful_to_inventive_each_is_freer() -> None:
    numbers = [PRESETS[name].numbers for name in ("faithful", "balanced", "inventive")]
    for name in ("temperature", "top_p"):
        values = [each[name] for each in numbers]
        assert values == sorted(set(values))


def test_typed_over_preset_over_prompt() -> None:
    chosen = chosen_decoding(OWN, "inventive", {"top_p": 0.7, "max_tokens": 60, "temperature": None})
    assert (chosen["temperature"], chosen["top_p"], chosen["max_tokens"]) == (0.8, 0.7, 60)
    assert chosen["stop"] == ["\n\n"]


def test_without_a_preset_the_prompts_own_numbers_stay() -> None:
    assert chosen_decoding(OWN, "", {}) == OWN


def test_a_preset_undoes_the_beams_of_a_prompt() -> None:
    chosen = chosen_decoding({"strategy": "beam", "num_beams": 4}, "faithful", {})
    assert Decoding(**chosen).strategy == "sample"
    assert "num_beams" not in chosen


@pytest.mark.parametrize("preset", PRESETS)
def test_a_run_says_which_preset_it_had(preset: str) -> None:
    label = str(PRESETS[preset].label)
    assert preset_label(preset, chosen_decoding(OWN, preset, {"max_tokens": 20})) == label
    assert preset_label(preset, chosen_decoding(OWN, preset, {"top_k": 40})) == f"{label}, changed"
    assert preset_label("", OWN) == ""


@pytest.mark.parametrize("name", RANGES)
def test_the_ranges_are_the_engines(name: str) -> None:
    """But for the length of a text, which is bounded here."""
    least, most = RANGES[name]
    beams = {"strategy": "beam", "num_beams": 2}
    for value in (max(least, 2), most) if name == "num_beams" else (least, most):
        Decoding(**(beams if name == "num_beams" else {}) | {name: value})  # type: ignore[arg-type]
    if name == "num_beams":
        assert most == MOST_BEAMS
    if name != "max_tokens":
        for value in (least - 0.01, most + 1):
            with pytest.raises(RequestError):
                Decoding(**{name: value})  # type: ignore[arg-type]


def test_every_setting_has_words() -> None:
    assert LABELS.keys() == asdict(Decoding()).keys()


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"temperature": 0}, "temperature", "Enter a number from 0.01 to 10."),
        ({"temperature": float("nan")}, "temperature", "Enter a number from 0.01 to 10."),
        ({"top_p": 1.5}, "top_p", "Enter a number from 0.001 to 1."),
        ({"top_k": -1}, "top_k", "Enter a number from 0 to 1000000."),
        ({"repetition_penalty": 11}, "repetition_penalty", "Enter a number from 0.1 to 10."),
        ({"max_tokens": 0}, "max_tokens", f"Enter a number from 1 to {MOST_TOKENS}."),
        ({"max_tokens": MOST_TOKENS + 1}, "max_tokens", f"Enter a number from 1 to {MOST_TOKENS}."),
        ({"strategy": "beam"}, "num_beams", "Beam search needs two beams or more"),
        ({"num_beams": 4}, "num_beams", "Beam search needs two beams or more"),
        ({"strategy": "beam", "num_beams": 2}, "num_beams", "With 2 beams there can be 2 variants at most."),
        ({"stop": ["x"]}, "stop", "There is no such setting."),
    ],
)
def test_what_does_not_fit_is_named_with_its_range(typed: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        chosen_decoding(OWN, "balanced", typed, variants=3)
    assert list(caught.value.message_dict) == [field]
    assert sentence in caught.value.message_dict[field][0]


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        chosen_decoding(OWN, "wild", {})
    assert "faithful, balanced, inventive" in caught.value.message_dict["preset"][0]


def test_a_prompt_that_asks_for_too_much_is_refused_too() -> None:
    with pytest.raises(ValidationError) as caught:
        chosen_decoding({"max_tokens": MOST_TOKENS + 1}, "", {})
    assert list(caught.value.message_dict) == ["max_tokens"]
    with pytest.raises(ValidationError):
        chosen_decoding({"temperature": 50}, "", {})
