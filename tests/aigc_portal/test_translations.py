"""English and Chinese are equal citizens: a string without its translation fails here."""

from __future__ import annotations

import pytest

from aigc_portal import translations


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_string_is_translated(language: str) -> None:
    assert translations.problems(language) == []
