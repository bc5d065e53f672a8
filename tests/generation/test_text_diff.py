from __future__ import annotations

import random
import re
import time
from itertools import accumulate, pairwise

import pytest
import regex
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from generation.text_diff import Piece, diff_pieces

SIGNS = {"same": "{}", "delete": "[-{}-]", "insert": "[+{}+]"}


def marked(before: str, after: str) -> str:
    return "".join(SIGNS[piece.kind].format(piece.text) for piece in diff_pieces(before, after))


def check(wanted: str) -> None:
    """`wanted` is both texts in one: [-what was deleted-] and [+what was inserted+]."""
    before = re.sub(r"\[\+.*?\+\]", "", wanted, flags=re.S)
    after = re.sub(r"\[-.*?-\]", "", wanted, flags=re.S)
    assert marked(re.sub(r"\[-|-\]", "", before), re.sub(r"\[\+|\+\]", "", after)) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "A [-fresh-][+bright+] spring tea.",
        "A [-fresh spring-][+bright winter+] tea.",
        "It [-doesn't-][+doesn’t+] leak.",
        "Save [-12,000-][+12,500+] items at [-3.5-][+4.5+]% off[-.-][+!+]",
        "It is very[+ very+] good.",
        "It keeps hot. [+It is light. +]It folds.",
        "[+It is light. +]Sit back. It folds.[- It is light.-]",
        "[-Our-][+Everybody loves our+] tea is picked in April.[- It is a refreshing drink.-]",
        "One line\n[+Two lines\n+]Three lines",
    ],
)
def test_english_is_compared_by_words(wanted: str) -> None:
    check(wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        "保温[-六-][+八+]小时，三种颜色。",
        "保温[-六-][+八+]小[-时-][+分+]，三种颜色。",
        "保温[-六小-][+八大+]时，三种颜色。",
        "[-美-][+丽+]的花[-园-][+圃+]",
        "[-保-][+报+]" + "温杯很好看的，" * 60 + "[-时-][+分+]",
        "[-哈-][+嘿+]哈哈哈[-哈-][+呵+]",
        "本[-品采用优质-][+杯以再生+]不锈钢制[-成-][+造+]，保温效果出色。",
    ],
)
def test_chinese_is_compared_sign_by_sign(wanted: str) -> None:
    check(wanted)


@given(st.text(alphabet="保温的了小时，。", min_size=2, max_size=300), st.data())
def test_two_changed_signs_are_exactly_those_two(text: str, data: st.DataObject) -> None:
    first, second = sorted(data.draw(st.sets(st.integers(0, len(text) - 1), min_size=2, max_size=2)))
    changed = text[:first] + "甲" + text[first + 1 : second] + "乙" + text[second + 1 :]
    assert (
        places(diff_pieces(text, changed), "delete") == places(diff_pieces(text, changed), "insert") == {first, second}
    )


def places(pieces: list[Piece], kind: str) -> set[int]:
    """Where in its own text the signs of that kind stand."""
    own = [piece for piece in pieces if piece.kind in (kind, "same")]
    signs = [piece.kind for piece in own for _ in piece.text]
    return {place for place, sign in enumerate(signs) if sign == kind}


@pytest.mark.parametrize(
    "wanted",
    [
        "新款[-iPhone15-][+iPhone16+]搭配AirPods，续航[-12-][+14+]小时",
        "The 保温[-杯-][+瓶+] keeps [-six-][+eight+] hours",
        "カタカ[-ナ-][+タ+]とひら[-が-][+か+]な",
        "커피 [-한-][+두+] 잔",
        "ชาเขีย[-ว-][+ด+]ไทย",
    ],
)
def test_the_script_decides_in_mixed_texts(wanted: str) -> None:
    check(wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        "A family [-👨‍👩‍👧-][+👨‍👩‍👦+] pack",
        "Liked [-👍🏽-][+👍🏿+] by all",
        "From [-🇩🇪-][+🇩🇰+] to 🇫🇷🇬🇧",
        "I [-❤-][+❤️+] tea",
        "太棒了[-👩🏽‍🚀-][+👩🏿‍🚀+]！",
        "我[-e\u0301-][+e+]你",
        "A [-cafe-][+cafe\u0301+] here",
        "[-\u1100\u1161\u11a8-][+\u1100\u1161\u11a9+] 자리",
        "नमस्ते [-दुनिया-][+मित्र+], यह चाय है",
        "הַתֵּה [-הַיָּרוֹק-][+הַשָּׁחוֹר+] טָעִים מאוד",
        "قَهْوَة [-سَوْدَاء-][+بَيْضَاء+] طازجة",
        "[-می‌خواهم-][+می‌خورم+] چای",
    ],
)
def test_no_sign_is_cut_in_two(wanted: str) -> None:
    check(wanted)


ATOMS = [
    *"abe1 .,'\n\r\t的了。，é각한가नकषी",
    *"שלאبת",
    *("\u0301", "\u0308", "\u05b8", "\u064e", "\u094d", "\u093f", "\u200d", "\u200c", "\ufe0f", "\u20e3"),
    *("\u1100", "\u1161", "\u11a8", "\u0600", "\u00ad", "\u200f", "👨", "👩", "👧", "👍", "🏽", "🏿", "🇩", "🇪", "❤"),
]
TEXTS = st.lists(st.sampled_from(ATOMS), max_size=40).map("".join)


@given(TEXTS | st.text(max_size=30), TEXTS | st.text(max_size=30))
def test_pieces_give_both_texts_back_and_cut_no_cluster(before: str, after: str) -> None:
    pieces = diff_pieces(before, after)
    assert all(piece.text for piece in pieces)
    assert all(one.kind != next_one.kind for one, next_one in pairwise(pieces))
    for text, other in ((before, "insert"), (after, "delete")):
        own = [piece.text for piece in pieces if piece.kind != other]
        assert "".join(own) == text
        assert {*accumulate(map(len, own))} <= {*accumulate(map(len, regex.findall(r"\X", text)))}


def test_equal_texts_are_one_piece() -> None:
    assert diff_pieces("Same.\nText.", "Same.\nText.") == [Piece("same", "Same.\nText.")]


@pytest.mark.parametrize(("before", "after", "pieces"), [("", "", []), ("", "a", [Piece("insert", "a")])])
def test_empty_texts(before: str, after: str, pieces: list[Piece]) -> None:
    assert diff_pieces(before, after) == pieces


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("今天天气很好，我们去公园散步吧。", "昨天下雨了，他们没有出门去玩。"),
        (
            "Fresh and bright, the first tea of spring is here for you.",
            "Warm evenings call for a cup of our red, spiced tea.",
        ),
    ],
)
def test_a_rewritten_sentence_is_one_change_whatever_it_shares_by_chance(before: str, after: str) -> None:
    assert marked(before, after).count("[-") == 1


def test_a_rewritten_paragraph_keeps_its_place() -> None:
    before = "Fresh tea from the hills.\n\nOrder the first harvest of this year before it is sold out."
    after = "Warm socks for the winter.\n\nCall us and we knit a pair in the colours that you like best."
    assert any("\n\n" in piece.text for piece in diff_pieces(before, after) if piece.kind == "same")


WORDS = [
    f"{first}{second}" for first in ("te", "mug", "spring", "a", "keep", "the") for second in map(chr, range(97, 123))
]
HAN = [chr(0x4E00 + number) for number in range(600)]


def paragraphs(chance: random.Random, count: int) -> list[str]:
    """Of 100 words each, few of them frequent and most rare, as in a language."""
    weights = [1 / rank for rank in range(1, len(WORDS) + 1)]
    sentences = [" ".join(chance.choices(WORDS, weights, k=10)) for _ in range(10 * count)]
    return [". ".join(sentences[place : place + 10]) + "." for place in range(0, len(sentences), 10)]


def with_every(step: int, parts: list[str], change: str) -> list[str]:
    return [change if place % step == 0 else part for place, part in enumerate(parts)]


def long_texts() -> dict[str, tuple[str, str]]:
    chance = random.Random(7)
    parts, others = paragraphs(chance, 100), paragraphs(chance, 100)
    text = "\n\n".join(parts)
    repeated = "The quick brown fox jumps over the lazy dog. " * 1_112
    han = chance.choices(HAN, [1 / rank for rank in range(1, len(HAN) + 1)], k=20_000)
    return {
        "scattered": (text, " ".join(with_every(7, text.split(" "), "changed"))),
        "replaced": (text, "\n\n".join(others)),
        "reordered": (text, "\n\n".join(chance.sample(parts, len(parts)))),
        "repeated": (repeated, " ".join(with_every(50, repeated.split(" "), "cat"))),
        "swapped": ("a b " * 5_000, "b a " * 5_000),
        "Chinese, scattered": ("".join(han), "".join(with_every(9, han, "新"))),
        "Chinese, replaced": ("".join(han), "".join(chance.choices(HAN, k=20_000))),
        "one sign": ("的" * 20_000, "的" * 19_999),
    }


LONG_TEXTS = long_texts()


@pytest.mark.parametrize("case", LONG_TEXTS)
def test_ten_thousand_words_take_a_moment(case: str) -> None:
    """About 0.2 s of one core; the rest is room for slow machines."""
    started = time.process_time()
    diff_pieces(*LONG_TEXTS[case])
    assert time.process_time() - started < 1.5


@pytest.mark.parametrize(("case", "kept"), [("scattered", 0.85), ("repeated", 0.95), ("reordered", 0.1)])
def test_what_was_not_changed_in_a_long_text_is_not_marked(case: str, kept: float) -> None:
    before, after = LONG_TEXTS[case]
    same = sum(len(piece.text) for piece in diff_pieces(before, after) if piece.kind == "same")
    assert same / len(before) > kept


def test_of_two_paragraphs_that_changed_places_one_is_marked() -> None:
    first, second, third = paragraphs(random.Random(3), 3)
    pieces = diff_pieces(f"{first}\n\n{second}\n\n{third}", f"{second}\n\n{first}\n\n{third}")
    assert [piece.kind for piece in pieces] in (
        ["insert", "same", "delete", "same"],
        ["delete", "same", "insert", "same"],
    )


def test_differences_are_named_for_who_does_not_see_them() -> None:
    with override("en"):
        html = render_to_string(
            "parts/diff.html", {"segments": diff_pieces("A <b> tea.", "A fresh tea.\n"), "lang": "en"}
        )
    words = " ".join(strip_tags(html).split())
    assert words == (
        "A deleted: &lt;b&gt; (end of deletion) inserted: fresh (end of insertion) tea."
        " inserted: (end of insertion) deleted inserted"
    )
    assert '<ins class="is-break">\n</ins>' in html


@pytest.mark.parametrize("segments", [[], [Piece("same", "A tea.")]])
def test_equal_texts_need_no_legend(segments: list[Piece]) -> None:
    assert "diff-legend" not in render_to_string("parts/diff.html", {"segments": segments})
