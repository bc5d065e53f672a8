"""What people do on the pages, found by addresses, names of fields and data attributes: the same in every language."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

WRITING_MS = 90_000
VALUES = {"topic": "Spring tea", "facts": "Picked in April; 50 g; tin can be refilled", "tone": "friendly"}


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    expect(page.locator(".mainnav")).to_be_visible()


def choose_language(page: Page, language: str) -> None:
    """In the person's own menu; the page comes again in that language."""
    page.locator(".topbar [data-menu] > summary").last.click()
    page.locator(f"button[name=language][value={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def open_prompt(page: Page, name: str) -> None:
    """From the start page to the form of a new brief."""
    page.goto("/")
    page.locator("a[href='/briefs/new/']").first.click()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator("[name=title]")).to_be_visible()


def fill_brief(page: Page, title: str, values: dict[str, str]) -> None:
    page.locator("[name=title]").fill(title)
    for name, value in values.items():
        field = page.locator(f"[name=value-{name}]")
        if field.first.get_attribute("type") == "radio":
            page.locator(f"[name=value-{name}][value='{value}']").check()
        else:
            field.fill(value)


def write_brief(page: Page, prompt: str, title: str, values: dict[str, str] = VALUES, variants: int = 0) -> int:
    """The number of the new brief; with variants, its first run is on the way."""
    open_prompt(page, prompt)
    fill_brief(page, title, values)
    if variants:
        page.locator(f"[name=variants][value='{variants}']").check()
    page.locator(f"button[name=then][value={'generate' if variants else 'save'}]").click()
    page.wait_for_url(re.compile(r"/briefs/\d+/"))
    return number_in(page, "briefs")


def number_in(page: Page, noun: str) -> int:
    """7 where the address is /reviews/7/."""
    found = re.search(rf"/{noun}/(\d+)/", page.url)
    assert found, page.url
    return int(found[1])


def finished_drafts(page: Page, count: int) -> Locator:
    """The cards of the finished run, which replace the stream by themselves."""
    cards = page.locator("article.draft[id]")
    expect(cards).to_have_count(count, timeout=WRITING_MS)
    return cards


def submit(page: Page, card: Locator) -> None:
    card.locator("form[action$='/submit/'] button").click()
    expect(page.locator("form[action$='/withdraw/'] button")).to_be_visible()


def take_next(page: Page) -> int:
    """The number of the review that is now this reviewer's."""
    page.goto("/reviews/")
    page.locator("form[action^='/reviews/next/'] button").click()
    page.wait_for_url(re.compile(r"/reviews/\d+/"))
    return number_in(page, "reviews")


def correct(page: Page, text: str) -> None:
    """Type over the draft; the difference appears under it."""
    page.locator("label[for=id_correct]").click()
    page.locator("[name=corrected_text]").fill(text)
    expect(page.locator("#what-changed ins").first).to_be_visible()


def rate(page: Page, **ratings: int) -> None:
    for name, value in ratings.items():
        page.locator(f"label:has([name={name}][value='{value}'])").click()


def export(page: Page, kind: str) -> int:
    """The number of the finished data set."""
    page.goto("/datasets/new/")
    page.locator(f"[name=type][value={kind}]").check()
    expect(page.locator("#selection button[type=submit]")).to_be_enabled()
    page.locator("#selection button[type=submit]").click()
    expect(page.locator("form[action$='/files/manifest.json']")).to_be_visible(timeout=30_000)
    return number_in(page, "datasets")
