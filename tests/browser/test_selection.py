"""Selected rows of the queue: Enter in a row's box, which would press a button of the form, does nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ApiOf, OpenPage, Prepare

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

FIRST_BUTTON = "form[data-bulk] > button[hidden]"


@pytest.fixture
def rows(api: ApiOf, prepare: Prepare) -> Iterator[list[int]]:
    reviews = prepare(2, "Selected")
    yield reviews
    for review in reviews:
        assert api("marketer").post(f"reviews/{review}/withdraw/")["status"] == "WITHDRAWN"


def select_and_press_enter(page: Page) -> list[str]:
    """What the page sends by Enter in the box of a selected row, in one of a row that is not, and in that of all."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    page.locator("[data-choose]").first.check()
    for box in ("[data-choose]", "[data-choose] >> nth=1", "[data-choose-all]"):
        page.locator(box).first.focus()
        for _ in range(2):
            page.keyboard.press("Enter")
    page.wait_for_timeout(250)
    return sent


@pytest.mark.parametrize("first", ["the guard", "Approve"])
def test_enter_in_a_rows_box_sends_nothing(open_page: OpenPage, rows: list[int], first: str) -> None:
    """Whichever button of the form the browser would press."""
    page = open_page("second reviewer")
    page.goto("/reviews/")
    if first == "Approve":
        page.locator(FIRST_BUTTON).evaluate("button => button.remove()")
    assert select_and_press_enter(page) == []
    expect(page.locator("[data-choose]").first).to_be_checked()
    expect(page.locator("[data-bulk]")).to_be_visible()


def test_without_scripts_enter_decides_nothing(open_page: OpenPage, api: ApiOf, rows: list[int]) -> None:
    page = open_page("second reviewer", java_script_enabled=False)
    page.goto("/reviews/")
    page.locator("[data-choose]").first.check()
    page.keyboard.press("Enter")
    page.wait_for_timeout(250)
    assert [api("marketer").get(f"reviews/{review}/")["status"] for review in rows] == ["PENDING", "PENDING"]
