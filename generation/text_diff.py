"""What changed between two texts, as pieces in reading order: words in English, characters in Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "delete", "insert"]

SENTENCE = re.compile(r"[^.!?。！？\n]*[.!?。！？\n]+\s*|[^.!?。！？\n]+")
WORD = re.compile(r"\w+(?:['’]\w+)*|\s+|[^\w\s]")
CHARACTER = re.compile(r"[A-Za-z0-9]+|\s+|\S")
# Comparisons that difflib may need at worst. Above it two passages are shown as replaced whole.
MOST_COMPARISONS = 30_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """`delete` stands in the first text alone, `insert` in the second alone."""

    kind: Kind
    text: str


def diff_pieces(before: str, after: str, language: str) -> list[Piece]:
    """The pieces of both texts. Those that are not "insert" joined give `before`; not "delete", `after`.

    Sentences are matched first and only what changed between them is looked at closer, so that long texts stay quick.
    """
    token = CHARACTER if language == "zh" else WORD
    pieces: list[Piece] = []
    for same, old, new in matched(SENTENCE.findall(before), SENTENCE.findall(after)):
        if same:
            pieces.append(Piece("same", old))
            continue
        pieces.extend(changes(token.findall(old), token.findall(new)))
    return joined(without_crumbs(pieces))


def changes(before: Sequence[str], after: Sequence[str]) -> list[Piece]:
    pieces = []
    for same, old, new in matched(before, after):
        pieces += [Piece("same", old)] if same else [Piece("delete", old), Piece("insert", new)]
    return [piece for piece in pieces if piece.text]


def matched(before: Sequence[str], after: Sequence[str]) -> list[tuple[bool, str, str]]:
    """(same, passage of the first, passage of the second) in order."""
    matcher = SequenceMatcher(str.isspace, before, after)
    places: dict[str, list[int]] = matcher.b2j  # type: ignore[attr-defined]  # documented, missing in typeshed
    pairs = sum(len(places.get(token, ())) for token in before)
    if pairs * min(len(before), len(after)) > MOST_COMPARISONS:
        return [(False, "".join(before), "".join(after))]
    return [
        (kind == "equal", "".join(before[i1:i2]), "".join(after[j1:j2]))
        for kind, i1, i2, j1, j2 in matcher.get_opcodes()
    ]


def without_crumbs(pieces: list[Piece]) -> list[Piece]:
    """A word or character that two rewritten passages share by chance reads better as rewritten too."""
    kept: list[Piece] = []
    for place, piece in enumerate(pieces):
        between = 0 < place < len(pieces) - 1 and pieces[place - 1].kind != "same" != pieces[place + 1].kind
        if piece.kind == "same" and between and is_crumb(piece.text):
            kept += [Piece("delete", piece.text), Piece("insert", piece.text)]
        else:
            kept.append(piece)
    return kept


def is_crumb(text: str) -> bool:
    return len(text.strip()) <= 1 and "\n" not in text


def joined(pieces: list[Piece]) -> list[Piece]:
    """Each stretch of changes as one deletion and one insertion."""
    whole: list[Piece] = []
    old, new = "", ""
    for piece in [*pieces, Piece("same", "")]:
        if piece.kind == "delete":
            old += piece.text
        elif piece.kind == "insert":
            new += piece.text
        else:
            whole += [Piece("delete", old), Piece("insert", new), piece]
            old, new = "", ""
    merged: list[Piece] = []
    for piece in whole:
        if not piece.text:
            continue
        if merged and merged[-1].kind == piece.kind:
            merged[-1] = Piece(piece.kind, merged[-1].text + piece.text)
        else:
            merged.append(piece)
    return merged
