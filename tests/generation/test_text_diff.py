from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.text_diff import Piece, diff_pieces


def marked(before: str, after: str, language: str = "en") -> str:
    signs = {"same": "{}", "delete": "[-{}-]", "insert": "[+{}+]"}
    return "".join(signs[piece.kind].format(piece.text) for piece in diff_pieces(before, after, language))


def test_english_is_compared_by_words() -> None:
    assert marked("A fresh spring tea.", "A bright spring tea.") == "A [-fresh-][+bright+] spring tea."


def test_chinese_is_compared_by_characters() -> None:
    assert marked("保温六小时，三种颜色。", "保温八小时，三种颜色。", "zh") == "保温[-六-][+八+]小时，三种颜色。"


def test_equal_texts_are_one_piece() -> None:
    assert diff_pieces("Same.\nText.", "Same.\nText.", "en") == [Piece("same", "Same.\nText.")]


@pytest.mark.parametrize(("before", "after", "pieces"), [("", "", []), ("", "a", [Piece("insert", "a")])])
def test_empty_texts(before: str, after: str, pieces: list[Piece]) -> None:
    assert diff_pieces(before, after, "en") == pieces


def test_a_letter_shared_by_chance_does_not_split_a_rewritten_passage() -> None:
    assert marked("cats, dogs", "birds, fish").count("[-") == 1


@given(
    st.text(alphabet="ab .\n的了，。", max_size=60),
    st.text(alphabet="ab .\n的了，。", max_size=60),
    st.sampled_from(["en", "zh"]),
)
def test_pieces_give_both_texts_back(before: str, after: str, language: str) -> None:
    pieces = diff_pieces(before, after, language)
    assert "".join(piece.text for piece in pieces if piece.kind != "insert") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "delete") == after
    assert all(piece.text for piece in pieces)


def rare_characters(step: int) -> str:
    return "".join(chr(0x4E00 + number * step % 900) for number in range(20_000))


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("的" * 20_000, "的" * 19_999, "zh"),
        ("。" * 20_000, "。" * 19_999, "zh"),
        ("a b " * 5_000, "b a " * 5_000, "en"),
        ("".join(f"w{n} the " for n in range(3_000)), "".join(f"w{n} a " for n in range(3_000)), "en"),
        (rare_characters(7), rare_characters(11), "zh"),
    ],
)
def test_the_longest_texts_stay_quick(before: str, after: str, language: str) -> None:
    started = time.perf_counter()
    diff_pieces(before, after, language)
    assert time.perf_counter() - started < 5
