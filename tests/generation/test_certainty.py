from __future__ import annotations

import math

import pytest

from generation.certainty import certainty_of


@pytest.mark.parametrize(
    ("mean_logprob", "words", "percent"),
    [
        (0.0, "very sure", 100),
        (math.log(0.75), "very sure", 75),
        (math.log(0.6), "fairly sure", 60),
        (math.log(0.3), "not very sure", 30),
        (math.log(0.1), "unsure", 10),
        (-50.0, "unsure", 0),
        (0.001, "very sure", 100),
    ],
)
def test_a_mean_log_probability_in_words(mean_logprob: float, words: str, percent: int) -> None:
    found = certainty_of(mean_logprob)
    assert found is not None
    assert (str(found.label), found.percent) == (words, percent)


@pytest.mark.parametrize("unknown", [None, float("nan"), float("-inf")])
def test_what_nobody_measured_is_not_said(unknown: float | None) -> None:
    assert certainty_of(unknown) is None
