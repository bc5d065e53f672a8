"""Marked passages of a text: spans in Unicode code points, half-open, 0 <= start < end <= len(text)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import regex

CLUSTER = regex.compile(r"\X")
# The last place, read backwards, where a cluster surely ends: between two signs that join with nothing before them.
SURE_BORDER = regex.compile(r"(?r)(?<=[\n\x20-\x7E\p{Han}])(?=[\n\x20-\x7E\p{Han}])")


@dataclass(frozen=True, slots=True)
class Span:
    """`kind` says what marks the passage (comment, finding-warn, finding-block), `label` says it to people.

    `key` is its own name on the page, without spaces.
    """

    start: int
    end: int
    kind: str
    label: str
    key: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text and the spans that cover all of it; those that begin earlier, or end later, come first."""

    text: str
    spans: tuple[Span, ...] = ()
    begins: bool = False
    """Whether one of the spans begins here, so that each span has one place to be reached by keyboard."""

    @property
    def kinds(self) -> list[str]:
        return list(dict.fromkeys(span.kind for span in self.spans))


def marked_pieces(text: str, spans: Iterable[Span]) -> list[Piece]:
    """The text cut wherever a span begins or ends; joined, the pieces are the text, and none is empty.

    Raises ValueError for a span that does not fit the text.
    """
    waiting = sorted(spans, key=lambda span: (span.start, -span.end))
    for span in waiting:
        check(text, span.start, span.end)
    borders = sorted({0, len(text), *(span.start for span in waiting), *(span.end for span in waiting)})
    waiting.reverse()
    pieces: list[Piece] = []
    covering: list[Span] = []
    for start, end in pairwise(borders):
        covering = [span for span in covering if span.end > start]
        begins = bool(waiting) and waiting[-1].start == start
        while waiting and waiting[-1].start == start:
            covering.append(waiting.pop())
        pieces.append(Piece(text[start:end], tuple(covering), begins))
    return pieces


def snap(text: str, start: int, end: int) -> tuple[int, int]:
    """The span widened to whole grapheme clusters, so that no sign is marked in part. Raises ValueError as above."""
    check(text, start, end)
    border = SURE_BORDER.search(text, 0, start + 1)
    first = border.start() if border else 0
    for cluster in CLUSTER.finditer(text, first):
        if cluster.end() <= start:
            first = cluster.end()
        if cluster.end() >= end:
            return first, cluster.end()
    return first, len(text)


def check(text: str, start: int, end: int) -> None:
    if start < 0 or end > len(text):
        raise ValueError(f"The span {start} to {end} is not within a text of {len(text)} characters.")
    if start == end:
        raise ValueError(f"The span {start} to {end} is empty.")
    if start > end:
        raise ValueError(f"The span {start} to {end} is reversed.")
