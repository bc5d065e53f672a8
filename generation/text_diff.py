"""What changed between two texts, in reading order: by words, and sign by sign in scripts that write without spaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, groupby
from typing import Literal

import regex
from rapidfuzz.distance import Indel, Levenshtein

Kind = Literal["same", "delete", "insert"]
# (same, i1, i2, j1, j2): [i1:i2] of the first sequence equals [j1:j2] of the second, or was replaced by it.
Opcode = tuple[bool, int, int, int, int]

# A token is whole grapheme clusters (\X, UAX 29): nothing that is read as one sign is cut in two. Words and numbers
# ("don't", "12,500") are one token; so is each sign of a script that writes without spaces.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
LETTER = rf"(?=[\w--[{UNSPACED}]])\X"
TOKEN = regex.compile(rf"(?V1)(?:{LETTER})+(?:(?:['’׳״]|(?<=\d)[.,](?=\d))(?:{LETTER})+)*|\X")
SENTENCE_ENDS = frozenset(".!?。！？…؟।\n\r")
# Matching the longest passages first reads best, but may need this many comparisons a round. Beyond it the fewest
# edits are found instead, which is quick for any text.
MOST_COMPARISONS = 20_000
# Sentences of the one text times those of the other; the memory needed is two bits a pair.
MOST_PAIRS = 25_000_000
# Up to this many tokens between two changes may be shared by chance. A passage is rewritten if at least so many tokens
# were replaced in it and fewer than half as many are shared: it is shown as replaced whole.
LONGEST_CRUMB, SMALLEST_REWRITE = 3, 6


@dataclass(frozen=True, slots=True)
class Piece:
    """`delete` stands in the first text alone, `insert` in the second alone."""

    kind: Kind
    text: str

    @property
    def is_break(self) -> bool:
        """Nothing but line breaks, which show no mark of their own."""
        return not self.text.strip("\r\n")


@dataclass(frozen=True, slots=True)
class Passage:
    """Tokens of both texts: equal if `same`, else `new` stands in the place of `old`."""

    same: bool
    old: Sequence[str]
    new: Sequence[str]


def diff_pieces(before: str, after: str) -> list[Piece]:
    """The pieces of both texts. Those that are not "insert" joined give `before`; not "delete", `after`.

    No piece begins or ends within a grapheme cluster of its text. The script of each word says how it is compared.
    Sentences are matched first and only what changed between them is looked at closer.
    """
    old, new = sentences(TOKEN.findall(before)), sentences(TOKEN.findall(after))
    passages = joined(
        Passage(same, [*chain(*old[i1:i2])], [*chain(*new[j1:j2])])
        for same, i1, i2, j1, j2 in most_shared([*map("".join, old)], [*map("".join, new)])
    )
    closer = chain.from_iterable([passage] if passage.same else compared(passage) for passage in passages)
    return [*pieces(without_crumbs(joined(closer)))]


def sentences(tokens: Iterable[str]) -> list[list[str]]:
    """Each with the marks and spaces that end it."""
    found: list[list[str]] = [[]]
    ended = False
    for token in tokens:
        ends = token[0] in SENTENCE_ENDS or (ended and token.isspace())
        if ended and not ends:
            found.append([])
        found[-1].append(token)
        ended = ends
    return found


def compared(passage: Passage) -> Iterator[Passage]:
    """Word by word. The space before a word only counts where the words are the same."""
    old, new = words(passage.old), words(passage.new)
    for same, i1, i2, j1, j2 in aligned([word for _, word in old], [word for _, word in new]):
        one, other = old[i1:i2], new[j1:j2]
        if same and one != other:
            for (old_space, word), (new_space, _) in zip(one, other, strict=True):
                yield Passage(old_space == new_space, [old_space], [new_space])
                yield Passage(True, [word], [word])
            continue
        if one and other and one[0][0] == other[0][0]:
            space = one[0][0]
            yield Passage(True, [space], [space])
            one, other = [("", one[0][1]), *one[1:]], [("", other[0][1]), *other[1:]]
        yield Passage(same, [*chain(*one)], [*chain(*other)])


def words(tokens: Iterable[str]) -> list[tuple[str, str]]:
    """Each with the space before it; a line break is a word. The last may be a space alone."""
    found: list[tuple[str, str]] = []
    space = ""
    for token in tokens:
        if token.isspace() and "\n" not in token:
            space += token
        else:
            found.append((space, token))
            space = ""
    return [*found, (space, "")] if space else found


def aligned(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """Place by place where that marks no more, so that two changed signs of a sentence stay exactly those two."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    places: dict[str, list[int]] = matcher.b2j  # type: ignore[attr-defined]  # documented, missing in typeshed
    if sum(len(places.get(token, ())) for token in old) <= MOST_COMPARISONS:
        found = [(tag == "equal", i1, i2, j1, j2) for tag, i1, i2, j1, j2 in matcher.get_opcodes()]
    else:
        found = fewest_edits(old, new)
    return min([*place_by_place(old, new), found], key=marked)


def most_shared(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """As many of them as can stay in order, so that of paragraphs that changed places the fewest are marked."""
    found = fewest_edits(old, new)
    if len(old) * len(new) > MOST_PAIRS:
        return found
    moved: list[Opcode] = []
    i = j = 0
    for block in Indel.editops(*numbered(old, new)).as_matching_blocks():
        a, b, size = block.a, block.b, block.size
        moved += [(False, i, a, j, b), (True, a, a + size, b, b + size)]
        i, j = a + size, b + size
    return min([*place_by_place(old, new), found, moved], key=marked)


def place_by_place(old: Sequence[str], new: Sequence[str]) -> list[list[Opcode]]:
    """The one way to read them side by side, where they are equally long."""
    if len(old) != len(new):
        return []
    found: list[Opcode] = []
    place = 0
    for same, run in groupby(one == other for one, other in zip(old, new, strict=True)):
        end = place + sum(1 for _ in run)
        found.append((same, place, end, place, end))
        place = end
    return [found]


def fewest_edits(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    edits = Levenshtein.opcodes(*numbered(old, new))
    return [(op.tag == "equal", op.src_start, op.src_end, op.dest_start, op.dest_end) for op in edits]


def numbered(*texts: Sequence[str]) -> list[list[int]]:
    """RapidFuzz compares hashes, and a small number is its own hash: two words are never taken for one."""
    numbers: dict[str, int] = {}
    return [[numbers.setdefault(token, len(numbers)) for token in tokens] for tokens in texts]


def marked(found: list[Opcode]) -> int:
    return sum(i2 - i1 + j2 - j1 for same, i1, i2, j1, j2 in found if not same)


def joined(passages: Iterable[Passage]) -> list[Passage]:
    """Neighbours of one kind as one; none is empty."""
    found: list[Passage] = []
    for same, run in groupby(
        (passage for passage in passages if any(passage.old) or any(passage.new)), lambda one: one.same
    ):
        old, new = both_sides([*run])
        found.append(Passage(same, [*filter(None, chain(*old))], [*filter(None, chain(*new))]))
    return found


def without_crumbs(passages: list[Passage]) -> list[Passage]:
    """Rewritten passages as one change each, whatever few words their two texts share by chance."""
    found: list[Passage] = []
    for loose, run in groupby(passages, lambda passage: not passage.same or is_crumb(passage)):
        part = [*run]
        found += with_rewrites(part) if loose else part
    return joined(found)


def is_crumb(passage: Passage) -> bool:
    return weight(passage.old) <= LONGEST_CRUMB and not any("\n" in token for token in passage.old)


def with_rewrites(run: list[Passage]) -> list[Passage]:
    """`run` is changes and the crumbs around them."""
    start, end = int(run[0].same), len(run) - int(run[-1].same and len(run) > 1)
    inner = run[start:end]
    shared = sum(weight(passage.old) for passage in inner if passage.same)
    lost, won = (sum(weight(side) for side in sides) - shared for sides in both_sides(inner))
    if 2 * shared < min(lost, won) >= SMALLEST_REWRITE:
        inner = [replaced(passage) for passage in inner]
    return [*run[:start], *inner, *run[end:]]


def both_sides(passages: list[Passage]) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    return [passage.old for passage in passages], [passage.new for passage in passages]


def replaced(passage: Passage) -> Passage:
    return Passage(False, passage.old, passage.new)


def weight(tokens: Sequence[str]) -> int:
    """What there is to read, in words and signs."""
    return sum(not token.isspace() for token in tokens)


def pieces(passages: Iterable[Passage]) -> Iterator[Piece]:
    for passage in passages:
        old, new = "".join(passage.old), "".join(passage.new)
        if passage.same:
            yield Piece("same", old)
            continue
        if old:
            yield Piece("delete", old)
        if new:
            yield Piece("insert", new)
