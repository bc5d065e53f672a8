"""The review desk: by keyboard alone, taking back, and nothing typed is ever lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import ApiOf, OpenPage, Prepare
from tests.browser.tour import accessibility, look
from tests.browser.watch import Watch

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

APPROVED, CORRECTED, CHANGED, REJECTED = "approved", "corrected", "changes", "rejected"


def at(page: Page, review: int) -> None:
    page.wait_for_url(re.compile(rf"/reviews/{review}/(\?.*)?$"))
    expect(page.locator("form[data-desk]")).to_be_visible()


def test_twenty_texts_by_keyboard_alone(open_page: OpenPage, api: ApiOf, prepare: Prepare) -> None:
    """Approve, correct, send back and reject in turn; each time the next one opens by itself."""
    reviews = prepare(20, "By keyboard")
    page = open_page("reviewer")
    page.goto("/reviews/")
    page.keyboard.press("n")
    for number, review in enumerate(reviews):
        at(page, review)
        match number % 4:
            case 0:
                approve(page)
            case 1:
                correct(page, f"Corrected by keyboard, {number}.")
            case 2:
                refuse(page, "c", "2", "Please say where it was picked.")
            case _:
                refuse(page, "r", "1", "")
    page.wait_for_url("**/reviews/")
    decided = [api("reviewer").get(f"reviews/{review}/") for review in reviews]
    wanted = ["APPROVED", "APPROVED", "CHANGES_REQUESTED", "REJECTED"] * 5
    assert [review["status"] for review in decided] == wanted
    assert [review["was_corrected"] for review in decided] == [False, True, False, False] * 5
    assert decided[1]["approved_draft"]["text"] == "Corrected by keyboard, 1."
    assert decided[0]["feedback"]["accuracy"] == 5
    assert decided[2]["feedback"]["comment"] == "Please say where it was picked."
    assert [reason["code"] for reason in decided[2]["feedback"]["reasons"]] == ["unsupported"]


def approve(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("5")
    page.keyboard.press("a")
    expect(page.locator(".btn-approve")).to_be_focused()
    page.keyboard.press("Enter")


def correct(page: Page, text: str) -> None:
    page.keyboard.press("e")
    expect(page.locator("[name=corrected_text]")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("a")


def refuse(page: Page, key: str, reason: str, comment: str) -> None:
    page.keyboard.press(key)
    expect(page.locator("#reasons input").first).to_be_focused()
    page.keyboard.press(reason)
    if comment:
        page.keyboard.press("j")
        page.keyboard.type(comment)
        page.keyboard.press("Escape")
    page.keyboard.press(key)
    page.keyboard.press(key)


def test_a_decision_is_taken_back_with_u(open_page: OpenPage, api: ApiOf, prepare: Prepare) -> None:
    first, second = prepare(2, "Taken back")
    page = open_page("reviewer")
    assert steps.take_next(page) == first
    page.keyboard.press("e")
    page.keyboard.press("Control+A")
    page.keyboard.type("Typed and not meant.")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    refuse(page, "r", "3", "Too loud.")
    at(page, second)
    undo = page.locator("form.undo")
    expect(undo.locator("[data-undo-left]")).to_have_text(re.compile(r"^([1-9]|10)$"))
    page.keyboard.press("u")
    at(page, first)
    expect(page.locator("[name=comment]")).to_have_value("Too loud.")
    expect(page.locator("#reasons input").nth(2)).to_be_checked()
    expect(page.locator("[name=corrected_text]")).to_have_value("Typed and not meant.")
    assert api("reviewer").get(f"reviews/{first}/")["status"] == "IN_REVIEW"
    page.keyboard.press("a")
    page.keyboard.press("a")
    at(page, second)
    expect(undo).to_have_count(0, timeout=12_000)
    assert api("reviewer").get(f"reviews/{first}/")["status"] == "APPROVED"
    api("reviewer").post(f"reviews/{second}/release/")
    api("marketer").post(f"reviews/{second}/withdraw/")


def test_r_enter_enter_decides_nothing(open_page: OpenPage, api: ApiOf, prepare: Prepare) -> None:
    """Without a reason the key leads to the reasons, where Enter must press no button of the form."""
    (review,) = prepare(1, "Not approved")
    page = open_page("reviewer")
    assert steps.take_next(page) == review
    for key in ("r", "c", "j"):  # the reasons twice, then whatever comes next
        page.keyboard.press(key)
        for _ in range(2):
            page.keyboard.press("Enter")
    for name in ("accuracy", "correct"):
        page.locator(f"[name={name}]").first.focus()
        page.keyboard.press("Enter")
    page.wait_for_timeout(250)
    expect(page.locator(".btn-approve")).not_to_be_focused()
    at(page, review)
    assert api("reviewer").get(f"reviews/{review}/")["status"] == "IN_REVIEW"
    api("reviewer").post(f"reviews/{review}/release/")
    api("marketer").post(f"reviews/{review}/withdraw/")


def test_without_scripts_enter_decides_nothing_either(open_page: OpenPage, api: ApiOf, prepare: Prepare) -> None:
    (review,) = prepare(1, "Not approved either")
    page = open_page("reviewer", java_script_enabled=False)
    assert steps.take_next(page) == review
    for name in ("accuracy", "reasons"):
        page.locator(f"[name={name}]").first.focus()
        page.keyboard.press("Enter")
    page.wait_for_timeout(250)
    expect(page.locator("form[data-desk]")).to_be_visible()
    assert api("reviewer").get(f"reviews/{review}/")["status"] == "IN_REVIEW"
    api("reviewer").post(f"reviews/{review}/release/")
    api("marketer").post(f"reviews/{review}/withdraw/")


def test_on_a_phone_the_text_comes_before_the_brief(open_page: OpenPage, api: ApiOf, prepare: Prepare) -> None:
    (review,) = prepare(1, "In the hand")
    page = open_page("reviewer", viewport={"width": 390, "height": 844})
    page.goto(f"/reviews/{review}/")
    tops = [page.locator(part).bounding_box() for part in (".desk-draft", ".desk-brief", ".desk-aside")]
    assert all(tops)
    assert sorted(tops, key=lambda box: box["y"] if box else 0) == tops
    api("marketer").post(f"reviews/{review}/withdraw/")


def test_what_is_typed_survives_the_tab_the_claim_and_the_session(
    open_page: OpenPage, api: ApiOf, prepare: Prepare, watch: Watch
) -> None:
    watch.expect(409)
    (review,) = prepare(1, "Never lost")
    page = open_page("second reviewer")
    assert steps.take_next(page) == review
    page.locator("[name=comment]").fill("Closed in the middle of a w")
    again = page.context.new_page()
    page.close()
    again.goto(f"/reviews/{review}/")
    expect(again.locator("[name=comment]")).to_have_value("Closed in the middle of a w")
    api("second reviewer").post(f"reviews/{review}/release/")
    steps.rate(again, accuracy=4)
    again.locator(".btn-approve").click()
    expect(again.locator("#kept-comment")).to_have_value("Closed in the middle of a w")
    again.keyboard.press("t")
    at(again, review)
    expect(again.locator("[name=comment]")).to_have_value("Closed in the middle of a w")
    expect(again.locator("[name=accuracy][value='4']")).to_be_checked()
    cookies = again.context.cookies()
    again.context.clear_cookies(name="sessionid")
    again.locator(".btn-approve").click()
    expect(again.locator("[name=password]")).to_be_visible()
    again.context.add_cookies([{**cookie} for cookie in cookies])  # type: ignore[typeddict-item]
    again.goto(f"/reviews/{review}/")
    expect(again.locator("[name=comment]")).to_have_value("Closed in the middle of a w")
    assert api("second reviewer").get(f"reviews/{review}/")["status"] == "IN_REVIEW"
    again.locator(".btn-approve").click()
    again.wait_for_url("**/reviews/")


def test_what_somebody_else_has_now_can_still_be_copied(open_page: OpenPage, api: ApiOf, prepare: Prepare) -> None:
    (review,) = prepare(1, "Somebody else's")
    page = open_page("reviewer")
    assert steps.take_next(page) == review
    page.locator("[name=comment]").fill("Only here.")
    page.goto("/reviews/")
    api("reviewer").post(f"reviews/{review}/release/")
    taken = api("second reviewer").post(f"reviews/{review}/claim/")
    page.goto(f"/reviews/{review}/")
    expect(page.locator("#earlier-comment")).to_have_value("Only here.")
    api("second reviewer").post(f"reviews/{review}/approve/", {"sha256": taken["draft"]["sha256"]})
    page.reload()
    page.locator("[data-typed-discard]").click()
    expect(page.locator("[data-typed-earlier]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-typed-earlier]")).to_be_hidden()


def test_variants_are_compared_by_key(open_page: OpenPage, api: ApiOf, prepare: Prepare) -> None:
    (review,) = prepare(1, "Compared")
    page = open_page("reviewer", reduced_motion="reduce")  # no colour is caught on its way to another
    assert steps.take_next(page) == review
    expect(page.locator(".desk-sibling")).to_have_count(2)
    for place in (0, 1):
        page.keyboard.press("v")
        expect(page.locator(".desk-sibling").nth(place)).to_have_class(re.compile("is-compared"))
    page.keyboard.press("v")
    expect(page.locator(".desk-sibling.is-compared")).to_have_count(0)
    assert look(page) == []
    assert accessibility(page, dark=True) == []
    api("reviewer").post(f"reviews/{review}/release/")
    api("marketer").post(f"reviews/{review}/withdraw/")


def test_the_title_says_that_time_runs_out_while_nobody_looks(
    open_page: OpenPage, api: ApiOf, prepare: Prepare
) -> None:
    (review,) = prepare(1, "Out of time")
    page = open_page("reviewer")
    assert steps.take_next(page) == review
    note = page.locator("[data-claim-ending]")
    expect(note).to_be_hidden()
    page.evaluate(
        """() => {
          const claim = document.querySelector("[data-renew]");
          const late = claim.cloneNode(true);
          late.dataset.secondsLeft = "200";
          claim.replaceWith(late);
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    expect(note).not_to_have_attribute("hidden", "")
    expect(page).to_have_title(re.compile("^Less than 5 minutes left · "))
    api("reviewer").post(f"reviews/{review}/release/")
    api("marketer").post(f"reviews/{review}/withdraw/")
