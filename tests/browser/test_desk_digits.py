"""The digits on the desk: from anywhere, and for one group at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.browser.conftest import ApiOf, OpenPage, Prepare

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

SCALES = ("accuracy", "brand_fit", "language")


@pytest.fixture
def desk(open_page: OpenPage, api: ApiOf, prepare: Prepare) -> Iterator[Page]:
    """A text in the reviewer's hands, with the focus nowhere."""
    (review,) = prepare(1, "By digits")
    page = open_page("reviewer")
    assert steps.take_next(page) == review
    yield page
    api("reviewer").post(f"reviews/{review}/release/")
    api("marketer").post(f"reviews/{review}/withdraw/")


def group(page: Page, name: str) -> Locator:
    return page.locator("[data-digits]", has=page.locator(f"[name={name}]"))


def expect_digits_at(page: Page, name: str) -> None:
    """That group alone is marked and shows its digits."""
    expect(page.locator(".has-digits")).to_have_count(1)
    expect(group(page, name)).to_contain_class("has-digits")
    hint = page.locator("#reasons kbd").first
    if name == "reasons":
        expect(hint).to_be_visible()
    else:
        expect(hint).to_be_hidden()


def chosen(page: Page) -> dict[str, list[str]]:
    found = page.locator("[data-digits] input:checked").evaluate_all("all => all.map(one => [one.name, one.value])")
    return {name: [value for other, value in found if other == name] for name, _ in found}


def reason(page: Page, place: int) -> str:
    return page.locator("#reasons input").nth(place - 1).get_attribute("value") or ""


def test_three_ratings_and_two_reasons_without_any_other_key(desk: Page) -> None:
    for name, digit in zip(SCALES, "435", strict=True):
        expect_digits_at(desk, name)
        desk.keyboard.press(digit)
    expect_digits_at(desk, "reasons")
    desk.keyboard.press("2")
    desk.keyboard.press("3")
    desk.keyboard.press("3")  # unticked again
    assert chosen(desk) == {"accuracy": ["4"], "brand_fit": ["3"], "language": ["5"], "reasons": [reason(desk, 2)]}


def test_digits_stay_with_their_group_when_the_focus_leaves_it(desk: Page) -> None:
    desk.keyboard.press("r")  # no reason yet: leads there
    expect_digits_at(desk, "reasons")
    desk.locator("#draft-text").focus()
    expect_digits_at(desk, "reasons")
    desk.keyboard.press("1")
    desk.locator("[data-composer] > summary").focus()
    desk.keyboard.press("2")
    assert chosen(desk) == {"reasons": [reason(desk, 1), reason(desk, 2)]}
    group(desk, "brand_fit").locator("label").first.click()
    expect_digits_at(desk, "brand_fit")
    desk.locator("#draft-text").focus()
    desk.keyboard.press("5")
    assert chosen(desk)["brand_fit"] == ["5"]
    desk.keyboard.press("7")  # no scale has seven
    expect_digits_at(desk, "language")


def test_the_same_digit_takes_a_rating_back(desk: Page) -> None:
    desk.keyboard.press("4")
    desk.keyboard.press("k")
    expect_digits_at(desk, "accuracy")
    desk.keyboard.press("4")
    assert chosen(desk) == {}
    expect_digits_at(desk, "accuracy")


@pytest.mark.parametrize("name", ["comment", "corrected_text"])
def test_digits_are_text_where_one_types(desk: Page, name: str) -> None:
    if name == "corrected_text":
        desk.keyboard.press("e")
    desk.locator(f"[name={name}]").press("End")
    desk.keyboard.type("350 ml")
    assert desk.locator(f"[name={name}]").input_value().endswith("350 ml")
    assert chosen(desk) == {}


def test_with_the_shortcuts_off_digits_need_the_focus(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.locator("[data-shortcut-list]")).to_contain_text("1–9")
    desk.keyboard.press("3")
    desk.locator("[data-shortcuts-toggle]").click()
    desk.keyboard.press("Escape")
    expect(desk.locator(".has-digits")).to_have_count(0)
    desk.keyboard.press("3")
    assert chosen(desk) == {}
    desk.locator("[name=accuracy]").first.focus()
    expect_digits_at(desk, "accuracy")
    desk.keyboard.press("3")
    assert chosen(desk) == {"accuracy": ["3"]}
