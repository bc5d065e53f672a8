"""The other variants of a text's run, beside it on the desk; on demand as what each writes differently."""

from __future__ import annotations

from dataclasses import dataclass, field

from generation.models import Draft
from generation.text_diff import Piece, diff_pieces
from review.subject import Subject


@dataclass(frozen=True)
class Variant:
    """`pieces` lead from the text under review to this one; empty where it is shown as it is."""

    draft: Draft
    pieces: list[Piece] = field(default_factory=list)

    @property
    def compared(self) -> bool:
        return bool(self.pieces)


def variants_of(subject: Subject, compare: str = "") -> list[Variant]:
    """`compare` is the id of the one that is shown as a difference, as it stands in the address."""
    return [
        Variant(
            draft,
            diff_pieces(subject.text.text, draft.text) if str(draft.pk) == compare else [],
        )
        for draft in subject.siblings
    ]


def following(variants: list[Variant]) -> str:
    """The id to compare next: the first, the one after the compared one, and "" after the last."""
    ids = [str(variant.draft.pk) for variant in variants]
    here = next((place for place, variant in enumerate(variants) if variant.compared), -1)
    return [*ids, ""][here + 1] if ids else ""
