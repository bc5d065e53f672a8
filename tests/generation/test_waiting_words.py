from __future__ import annotations

import pytest

from generation.queue_place import QueuePlace
from generation.waiting_words import place_words


@pytest.mark.parametrize(
    ("ahead", "seconds", "words"),
    [
        (0, None, "Next in line"),
        (0, 0.0, "Next in line, about 5 seconds"),
        (1, None, "1 run ahead"),
        (1, 36.2, "1 run ahead, about 40 seconds"),
        (12, 170.0, "12 runs ahead, about 3\xa0minutes"),
        (2000, 7300.0, "2000 runs ahead, about 3\xa0hours"),
    ],
)
def test_a_place_in_words(ahead: int, seconds: float | None, words: str) -> None:
    assert place_words(QueuePlace(ahead, seconds)) == words
