from __future__ import annotations

import pytest
from django.utils import translation

from generation.decoding_words import decoding_words


@pytest.mark.parametrize(
    ("strategy", "words"),
    [("greedy", "Greedy"), ("sample", "Sampling"), ("beam", "Beam search"), ("of another time", "of another time")],
)
def test_a_strategy_has_a_name(strategy: str, words: str) -> None:
    assert decoding_words({"strategy": strategy}) == [("Strategy", words)]


def test_settings_stand_in_one_order_with_what_is_unknown_last() -> None:
    decoding = {"odd": 1, "stop": ["A", "B"], "top_k": 0, "temperature": 0.4, "max_tokens": 40}
    assert decoding_words(decoding) == [
        ("Temperature", 0.4),
        ("Top-k", "off"),
        ("Most tokens", 40),
        ("Stop strings", "A · B"),
        ("odd", 1),
    ]
    assert decoding_words({"stop": [], "top_k": 50, "seed": None}) == [
        ("Top-k", 50),
        ("Stop strings", "–"),
        ("seed", "–"),
    ]


def test_the_words_are_those_of_the_reader() -> None:
    with translation.override("zh-hans"):
        assert dict(decoding_words({"top_k": 0})) == {"Top-k": "关闭"}
