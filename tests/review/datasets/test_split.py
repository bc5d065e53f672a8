from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from review.datasets.rows import split_of

PINNED = [18, 72, 74, 87, 96]


def test_is_what_it_was() -> None:
    """Pinned: a brief that changed sides would put training rows into a later test set."""
    assert [pk for pk in range(1, 101) if split_of(pk) == "test"] == PINNED


@given(st.integers(1, 2**63 - 1))
def test_depends_on_the_brief_alone(brief_id: int) -> None:
    assert split_of(brief_id) == split_of(brief_id)
    assert split_of(brief_id) in ("train", "test")


def test_is_about_nine_to_one() -> None:
    share = sum(split_of(pk) == "test" for pk in range(1, 10_001)) / 10_000
    assert 0.09 < share < 0.11
