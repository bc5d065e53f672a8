"""An open page notices by itself that somebody else's claim has ended, and offers the text."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import ApiOf, OpenPage, Prepare
from tests.browser.watch import Watch

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

POLL = 16_000


def pass_time(page: Page) -> None:
    """The page asks once, and its answer is here."""
    with page.expect_response(re.compile("claim=")):
        page.clock.run_for(POLL)


def test_a_reader_is_offered_what_comes_back(open_page: OpenPage, api: ApiOf, prepare: Prepare) -> None:
    (review,) = prepare(1, "Watched")
    holder = api("second reviewer").post(f"reviews/{review}/claim/")["claimed_by"]["name"]
    page = open_page("reviewer")
    page.clock.install()
    page.goto(f"/reviews/{review}/")
    notice = page.locator("#claim-now")
    expect(notice).to_contain_text(holder)
    page.locator("[data-composer] > summary").click()
    page.locator("#comment-new").fill("Half a sen")
    pass_time(page)
    expect(notice).to_contain_text(holder)
    api("second reviewer").post(f"reviews/{review}/release/")
    pass_time(page)
    expect(notice).not_to_contain_text(holder)
    expect(page.locator("#review-status .status-pending")).to_be_visible()
    expect(page.locator("#comment-new")).to_have_value("Half a sen")
    take = page.locator("#decision-bar [data-shortcut=t]")
    expect(take).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(POLL)
    assert asked == [], "the claim has ended, and so has the asking"
    take.click()
    expect(page.locator("form[data-desk]")).to_be_visible()
    api("reviewer").post(f"reviews/{review}/release/")
    api("marketer").post(f"reviews/{review}/withdraw/")


def test_a_desk_whose_claim_was_lost_is_offered_again(
    open_page: OpenPage, api: ApiOf, prepare: Prepare, watch: Watch
) -> None:
    watch.expect(409)
    (review,) = prepare(1, "Lost and back")
    page = open_page("reviewer")
    page.clock.install()
    assert steps.take_next(page) == review
    page.locator("[name=comment]").fill("Typed before.")
    api("reviewer").post(f"reviews/{review}/release/")
    holder = api("second reviewer").post(f"reviews/{review}/claim/")["claimed_by"]["name"]
    page.evaluate("htmx.trigger('[data-renew]', 'renew')")
    bar = page.locator("#decision-bar")
    expect(bar).to_contain_text(holder)
    api("second reviewer").post(f"reviews/{review}/release/")
    pass_time(page)
    bar.locator("[data-shortcut=t]").click()
    expect(bar.locator(".btn-approve")).to_be_visible()
    expect(page.locator("[name=comment]")).to_have_value("Typed before.")
    api("reviewer").post(f"reviews/{review}/release/")
    api("marketer").post(f"reviews/{review}/withdraw/")
