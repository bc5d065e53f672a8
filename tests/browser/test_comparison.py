"""Two runs of one brief, watched side by side until both are written."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import ApiOf, OpenPage
from tests.browser.prepared import new_brief

pytestmark = [pytest.mark.browser, pytest.mark.real_model]


def test_two_runs_are_written_side_by_side_and_the_page_keeps_up(open_page: OpenPage, api: ApiOf) -> None:
    marketer = api("marketer")
    brief = new_brief(marketer, "Two ways to write")
    asked = [{"variants": 2, "preset": preset, "decoding": {"max_tokens": 40}} for preset in ("faithful", "inventive")]
    runs = [marketer.post(f"briefs/{brief}/runs/", body)["id"] for body in asked]
    page = open_page("marketer")
    page.goto(f"/briefs/{brief}/")
    page.locator(f"a[href='/briefs/{brief}/compare/']").click()
    expect(page.locator(".compare-row:not(.compare-heads) article.draft")).to_have_count(4)
    cards = page.locator(".compare article.draft[id]")
    expect(cards).to_have_count(4, timeout=steps.WRITING_MS)
    expect(page.locator("[data-stream-url]")).to_have_count(0)
    boxes = [box for card in cards.all() if (box := card.bounding_box())]
    for left, right in (boxes[:2], boxes[2:]):
        assert left["y"] == right["y"]
        assert left["x"] + left["width"] <= right["x"]
    for run, words in zip(runs, ("0.2", "0.8"), strict=True):
        head = page.locator(f"#run-{run}")
        expect(head.locator(".status-succeeded")).to_be_visible()
        expect(page.locator(".compared-settings.is-differing")).to_contain_text(words)
