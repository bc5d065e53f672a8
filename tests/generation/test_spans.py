from __future__ import annotations

from itertools import accumulate

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from generation.spans import Piece, Span, marked_pieces, snap

TEXT = "保温六小时 👨‍👩‍👧 e\u0301 tea"


def span(start: int, end: int, key: str = "", kind: str = "comment") -> Span:
    return Span(start, end, kind, f"Note {key}", key)


def cut(text: str, *spans: Span) -> list[tuple[str, str]]:
    """Each piece with the keys of its spans."""
    return [(piece.text, " ".join(one.key for one in piece.spans)) for piece in marked_pieces(text, spans)]


def test_a_text_without_spans_is_one_piece() -> None:
    assert marked_pieces("tea", []) == [Piece("tea")]
    assert marked_pieces("", []) == []


@pytest.mark.parametrize(
    ("spans", "pieces"),
    [
        ([span(0, 6, "a")], [("abcdef", "a")]),
        ([span(1, 3, "a")], [("a", ""), ("bc", "a"), ("def", "")]),
        ([span(0, 4, "a"), span(2, 6, "b")], [("ab", "a"), ("cd", "a b"), ("ef", "b")]),
        ([span(3, 4, "b"), span(1, 5, "a")], [("a", ""), ("bc", "a"), ("d", "a b"), ("e", "a"), ("f", "")]),
        ([span(2, 4, "a"), span(2, 4, "b")], [("ab", ""), ("cd", "a b"), ("ef", "")]),
        ([span(0, 3, "a"), span(3, 6, "b")], [("abc", "a"), ("def", "b")]),
    ],
    ids=["whole", "inner", "overlapping", "nested", "twice", "neighbours"],
)
def test_the_text_is_cut_at_every_border(spans: list[Span], pieces: list[tuple[str, str]]) -> None:
    assert cut("abcdef", *spans) == pieces


def test_every_span_begins_in_one_piece() -> None:
    pieces = marked_pieces("abcdef", [span(0, 4), span(2, 6)])
    assert [piece.begins for piece in pieces] == [True, True, False]


def test_the_kinds_of_a_piece_are_named_once() -> None:
    spans = [span(0, 3, "a"), span(0, 2, "b", "finding-warn"), span(0, 1, "c")]
    assert marked_pieces("tea", spans)[0].kinds == ["comment", "finding-warn"]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (-1, 2, "-1 to 2 is not within a text of 3"),
        (0, 4, "0 to 4 is not within a text of 3"),
        (7, 9, "7 to 9 is not within a text of 3"),
        (1, 1, "1 to 1 is empty"),
        (3, 3, "3 to 3 is empty"),
        (2, 1, "2 to 1 is reversed"),
    ],
)
def test_a_span_that_does_not_fit_is_refused(start: int, end: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        marked_pieces("tea", [span(0, 1), span(start, end)])
    with pytest.raises(ValueError, match=message):
        snap("tea", start, end)


@pytest.mark.parametrize(
    ("marked", "whole"),
    [
        ("六小", "六小"),
        ("\u200d👩", "👨‍👩‍👧"),
        ("👧", "👨‍👩‍👧"),
        ("\u0301 t", "e\u0301 t"),
        ("e", "e\u0301"),
        (TEXT, TEXT),
    ],
)
def test_a_sign_is_marked_whole(marked: str, whole: str) -> None:
    start = TEXT.index(marked)
    first, last = snap(TEXT, start, start + len(marked))
    assert TEXT[first:last] == whole


@pytest.mark.parametrize(
    ("text", "start", "end", "whole"),
    [("a\r\nb", 2, 3, "\r\n"), ("🇩🇪🇫🇷", 1, 3, "🇩🇪🇫🇷"), ("x\n\u1100\u1161\u11a8", 3, 4, "\u1100\u1161\u11a8")],
)
def test_clusters_at_line_breaks_and_flags(text: str, start: int, end: int, whole: str) -> None:
    first, last = snap(text, start, end)
    assert text[first:last] == whole


TEXTS = st.text(alphabet="a 的\n\r👨\u200d👧🏽🇩é\u0301\u1100\u1161\u11a8क\u094dष", min_size=1, max_size=30)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 29), st.integers(1, 30)), max_size=6))
def test_pieces_give_the_text_back_under_the_right_spans(text: str, ranges: list[tuple[int, int]]) -> None:
    spans = [span(start, min(end, len(text)), str(key)) for key, (start, end) in enumerate(ranges) if start < end]
    spans = [one for one in spans if one.start < one.end]
    pieces = marked_pieces(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    for one in spans:
        assert "".join(piece.text for piece in pieces if one in piece.spans) == text[one.start : one.end]
    assert sum(piece.begins for piece in pieces) == len({one.start for one in spans})


@given(TEXTS, st.data())
def test_the_snapped_span_is_the_smallest_of_whole_clusters(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    borders = [0, *accumulate(map(len, regex.findall(r"\X", text)))]
    wanted = max(border for border in borders if border <= start), min(border for border in borders if border >= end)
    assert snap(text, start, end) == wanted


def test_many_marks_in_a_long_text_take_a_moment() -> None:
    text = "The mug keeps hot. " * 3_000
    spans = [span(*snap(text, place, place + 40), str(place)) for place in range(0, 50_000, 50)]
    assert len(marked_pieces(text, spans)) == 2 * len(spans)
