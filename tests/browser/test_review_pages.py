"""The pages of a lead and the bulk pages in both languages, wide and narrow: they fit, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import ApiOf, OpenPage, Prepare
from tests.browser.tour import accessibility_at_each_width, kind_of, look

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

LEAD = "second reviewer"
SETTINGS = {
    "/reviews/settings/N/policy/", "/reviews/settings/N/policy/new/", "/reviews/settings/policies/N/",
    "/reviews/settings/N/groups/", "/reviews/settings/groups/N/", "/reviews/settings/N/reasons/",
    "/reviews/settings/N/known-answers/", "/reviews/settings/known-answers/N/",
}  # fmt: skip
PAGES = ("/reviews/quality/", "/reviews/numbers/", "/reviews/filters/", "/notices/", "/notices/settings/")


@pytest.fixture(params=["en", "zh-hans"])
def lead(request: pytest.FixtureRequest, open_page: OpenPage) -> Iterator[Page]:
    page = open_page(LEAD, reduced_motion="reduce")
    steps.choose_language(page, request.param)
    yield page
    page.goto("/")
    steps.choose_language(page, "en")


@pytest.fixture
def texts(api: ApiOf, prepare: Prepare) -> Iterator[list[int]]:
    """Three that wait, and afterwards none."""
    reviews = prepare(3, "Looked at")
    yield reviews
    for review in reviews:
        if api("marketer").get(f"reviews/{review}/")["status"] == "PENDING":
            api("marketer").post(f"reviews/{review}/withdraw/")


def wrong_with(page: Page) -> list[str]:
    return [f"{page.url}: {sentence}" for sentence in look(page) + accessibility_at_each_width(page)]


def wrong_at(page: Page, addresses: list[str]) -> list[str]:
    found = []
    for address in addresses:
        answer = page.goto(address)
        assert answer, address
        assert answer.status == 200, address
        found += wrong_with(page)
    return found


def settings_of(page: Page) -> list[str]:
    """Every page of the settings that a link leads to, one of a kind."""
    page.goto("/reviews/settings/")
    found = {kind_of(address): address for address in links_on(page)}
    for address in list(found.values()):
        page.goto(address)
        found = {kind_of(address): address for address in links_on(page)} | found
    return list(found.values())


def links_on(page: Page) -> list[str]:
    links = page.locator("main a[href^='/reviews/settings/']")
    found: list[str] = links.evaluate_all("all => all.map(link => link.getAttribute('href'))")
    return found


def test_pages_about_reviews(lead: Page, texts: list[int]) -> None:
    review = texts[0]
    ways = [f"/reviews/{review}/triage/", f"/reviews/{review}/break-glass/", f"/reviews/{review}/"]
    assert wrong_at(lead, [*PAGES, *ways]) == []


@pytest.fixture(scope="package")
def furnished(api: ApiOf, prepare: Prepare) -> None:
    """A group, and a text with a known answer."""
    api(LEAD).post("review-groups/", {"name": "Editors", "members": [api("reviewer").get("me/")["id"]]})
    (review,) = prepare(1, "Known answer")
    taken = api("reviewer").post(f"reviews/{review}/claim/")
    api("reviewer").post(f"reviews/{review}/approve/", {"sha256": taken["draft"]["sha256"]})
    api(LEAD).post("gold-items/", {"review": review, "verdict": "APPROVED", "explanation": "All of it is so."})


def test_pages_of_the_settings(lead: Page, furnished: None) -> None:
    addresses = settings_of(lead)
    assert {kind_of(address) for address in addresses} >= SETTINGS
    assert wrong_at(lead, addresses) == []


@pytest.mark.parametrize("decision", ["APPROVED", "REJECTED"])
def test_bulk_confirmation(lead: Page, texts: list[int], decision: str) -> None:
    choose_all(lead)
    lead.locator(f"[data-bulk] [name=decision][value={decision}]").click()
    expect(lead.locator(".bulk-text")).to_have_count(len(texts))
    assert wrong_with(lead) == []


def test_result_of_a_bulk_decision(lead: Page, texts: list[int]) -> None:
    choose_all(lead)
    lead.locator("[data-bulk] [name=decision][value=APPROVED]").click()
    lead.locator(".decision-bar button").click()
    expect(lead.locator(".bulk-list")).to_be_visible()
    assert wrong_with(lead) == []


def choose_all(page: Page) -> None:
    page.goto("/reviews/")
    page.locator("[data-choose-all]").check()
    expect(page.locator("[data-bulk]")).to_be_visible()
    assert wrong_with(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
