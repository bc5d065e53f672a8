"""The page of the API: Swagger UI under a policy without inline scripts and styles."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser


def test_the_api_can_be_tried_out_with_ones_own_session(open_page: OpenPage) -> None:
    page = open_page("marketer")
    page.goto("/api/v1/docs/")
    operation = page.locator(".opblock", has_text="/api/v1/me/")
    operation.locator("button.opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text("marketer@demo.test")


def test_a_stranger_may_read_it(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/api/v1/docs/")
    expect(page.locator(".opblock").first).to_be_visible()
