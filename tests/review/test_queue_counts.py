from __future__ import annotations

import pytest

from review import queue_counts
from review.models import Review
from tests.cast import Cast
from tests.review.queueing import counts, make_overdue


def test_the_counts(cast: Cast, busy: dict[str, Review]) -> None:
    make_overdue(busy["waiting"])
    page = cast.client("reviewer").get("/reviews/")
    assert counts(page.context["views"]) == {"My work": "1", "My team's queue": "3", "All": ""}
    assert counts(page.context["states"]) == {
        "Open": "",
        "Waiting": "1",
        "In review": "2",
        "Overdue": "1",
        "Disputed": "0",
        "Decided": "",
    }
    assert "1 decided today" in page.content.decode()


def test_nobody_counts_further_than_999(cast: Cast, busy: dict[str, Review], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_counts, "MOST", 2)
    assert counts(cast.client("reviewer").get("/reviews/").context["views"])["My team's queue"] == "2+"


def test_states_are_counted_where_nothing_is_filtered(cast: Cast, busy: dict[str, Review]) -> None:
    client = cast.client("reviewer")
    assert counts(client.get(f"/reviews/?team={cast.team.pk}").context["states"])["Waiting"] == "1"
    for query in ("?language=zh", "?q=tea"):
        assert set(counts(client.get(f"/reviews/{query}").context["states"]).values()) == {""}
