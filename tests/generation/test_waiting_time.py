from __future__ import annotations

import pytest

from generation.waiting_time import in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (1.2, "2 seconds"),
        (60, "60 seconds"),
        (61, "2 minutes"),
        (3540, "59 minutes"),
        (3600, "1 hour"),
        (3601, "2 hours"),
        (86_400, "1 day"),
    ],
)
def test_a_wait_is_rounded_up_in_its_largest_unit(seconds: float, words: str) -> None:
    assert in_words(seconds).replace("\xa0", " ") == words
