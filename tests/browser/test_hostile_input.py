"""Script, markup and Markdown typed into every field is shown as the text that it is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.payloads import LINE, TEXT
from tests.browser.seeds import AUTHOR, SHORT
from tests.browser.tour import CHECKS, Tour, kind_of
from tests.browser.watch import Watch

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

SHOW_THE_TITLE = {"/briefs/", "/briefs/N/", "/drafts/N/", "/reviews/", "/reviews/N/", "/runs/N/", "/audit/"}
SHOW_THE_TEXT = {"/briefs/N/", "/drafts/N/", "/reviews/N/", "/datasets/N/"}


def test_nothing_runs_on_any_page(tour: Tour) -> None:
    assert tour.troubles == []


def test_pages_show_what_was_typed(tour: Tour) -> None:
    shown = dict.fromkeys(SHOW_THE_TITLE | SHOW_THE_TEXT, "")
    for visit in tour.visits:
        if (kind := kind_of(visit.path)) in shown:
            shown[kind] += plain(visit.text)
    assert [kind for kind in SHOW_THE_TITLE if plain(LINE) not in shown[kind]] == []
    assert [kind for kind in SHOW_THE_TEXT if plain(TEXT) not in shown[kind]] == []


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_a_form_comes_back_with_what_was_typed(open_page: OpenPage, watch: Watch) -> None:
    watch.expect(422)
    page = open_page("marketer")
    steps.open_prompt(page, SHORT)
    steps.fill_brief(page, LINE, {"topic": LINE, "facts": TEXT, "tone": "friendly"})
    page.locator("button[name=then][value=save]").click()
    expect(page.locator("[name=title]")).to_have_value(LINE)
    expect(page.locator("[name=value-facts]")).to_have_value(TEXT)
    expect(page.locator(".field.has-errors [name=value-facts]")).to_be_visible()  # longer than this prompt allows
    nothing_became_markup(page)


def test_hostile_names_and_addresses(open_page: OpenPage) -> None:
    page = open_page(AUTHOR)
    page.goto("/tokens/")
    page.locator("[name=name]").fill(LINE)
    page.locator("main form[action='/tokens/'] button[type=submit]").click()
    expect(page.locator("main")).to_contain_text(LINE)
    nothing_became_markup(page)
    for path in ("/briefs/?state=", "/reviews/?after=", "/audit/?action=", "/audit/?type=", "/prompts/?version="):
        page.goto(path + "%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        nothing_became_markup(page)


def nothing_became_markup(page: Page) -> None:
    assert page.evaluate(CHECKS) == []
