"""Figures that are slow to count are kept for a while, the others never."""

from __future__ import annotations

import pytest
from django.utils import translation

from review import kept_figures
from review.kept_figures import counted


def counts(of: int = 1) -> list[bool]:
    """Count twice; whether each was kept."""
    return [counted("test", of, lambda: "figures").kept for _time in range(2)]


def test_what_is_quick_is_counted_again() -> None:
    assert counts() == [False, False]


def test_what_is_slow_is_kept_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_figures, "SLOW_SECONDS", -1)
    first = counted("test", 1, lambda: "figures")
    again = counted("test", 1, lambda: "others")
    assert (again.figures, again.at, again.kept) == ("figures", first.at, True)


def test_another_question_or_language_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_figures, "SLOW_SECONDS", -1)
    assert counts(1) == [False, True]
    assert counts(2) == [False, True]
    with translation.override("zh-hans"):
        assert counts(1) == [False, True]
