from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from review.management.portal_client import PortalClient
from tests.browser.chromium import chromium_path, started
from tests.browser.hostile_team import furnish
from tests.browser.seeds import AUTHOR, COLLEAGUE
from tests.browser.steps import sign_in
from tests.browser.tour import Tour, visit, walk
from tests.browser.watch import Watch
from tests.stories.portal import LivePortal, eventually, live_portal, models_folder

OpenPage = Callable[..., Page]
ApiOf = Callable[[str], PortalClient]
Prepare = Callable[[int, str], list[int]]
Accounts = dict[str, tuple[str, str]]
CLICK_MS = 15_000
MODEL_SECONDS = 300


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for the package, gone before another: Playwright's event loop would stand in the way there."""
    path = chromium_path()
    if path is None:
        reason = "no Chromium found: set PORTAL_CHROMIUM, or install chromium-headless-shell"
        if os.environ.get("PORTAL_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason} (PORTAL_REQUIRE_BROWSER=1)")
        pytest.skip(reason)
    with started(path) as browser:
        yield browser


@pytest.fixture(scope="package")
def portal(chromium: Browser) -> Iterator[LivePortal]:
    """All processes with the default model, and the short prompts and second team of seeds.py."""
    with live_portal({}, models=models_folder()) as portal:
        portal.wait_until_ready()
        seeded = portal.manage("shell", "-v", "0", "-c", "from tests.browser.seeds import seed; seed()")
        assert seeded.returncode == 0, seeded.stderr
        marketer = portal.person("marketer")
        eventually(lambda: marketer.get("engine/")["state"] == "ready", MODEL_SECONDS)
        yield portal


@pytest.fixture(scope="package")
def accounts(portal: LivePortal) -> Accounts:
    """E-mail address and password of everybody: the demo team by role, the second team by name."""
    written: list[dict[str, str]] = []
    for name in ("demo_signins.json", "browser_signins.json"):
        written += json.loads((portal.var / "secrets" / name).read_text())
    return {account["role"]: (account["email"], account["password"]) for account in written}


@pytest.fixture(scope="package")
def sessions() -> dict[str, Any]:
    """Cookies of everybody who has signed in already."""
    return {}


@pytest.fixture
def watch(portal: LivePortal) -> Iterator[Watch]:
    """The test fails when anything on its pages goes wrong, see Watch."""
    watch = Watch(portal.address)
    yield watch
    assert not watch.troubles, "\n".join(watch.troubles)


@pytest.fixture
def open_page(
    chromium: Browser, portal: LivePortal, accounts: Accounts, sessions: dict[str, Any], watch: Watch
) -> Iterator[OpenPage]:
    """open_page("reviewer") is a page in a browser of their own, signed in by the form; "" is a stranger's."""
    contexts: list[BrowserContext] = []

    def open_page(who: str = "", **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        # English, unless the test is about something else.
        options.setdefault("locale", "en-GB")
        context = chromium.new_context(base_url=portal.address, storage_state=sessions.get(who), **options)
        contexts.append(context)
        context.set_default_timeout(CLICK_MS)
        watch.over(context)
        page = context.new_page()
        if who in sessions:
            page.goto("/")
        elif who:
            sign_in(page, *accounts[who])
            sessions[who] = context.storage_state()
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="package")
def api(portal: LivePortal, accounts: Accounts) -> ApiOf:
    """api("marketer") is the API in that person's name."""

    @cache
    def client(who: str) -> PortalClient:
        return PortalClient(portal.address, *accounts[who], name="browser tests")

    return client


@pytest.fixture(scope="package")
def prepare(portal: LivePortal) -> Prepare:
    """prepare(20, "By keyboard") are the numbers of so many waiting reviews."""

    def prepare(count: int, title: str) -> list[int]:
        command = f"from tests.browser.desk_items import prepare; prepare({count}, {title!r})"
        made = portal.manage("shell", "-v", "0", "-c", command)
        assert made.returncode == 0, made.stderr
        return [int(number) for number in json.loads(made.stdout)]

    return prepare


@pytest.fixture(scope="package")
def tour(chromium: Browser, portal: LivePortal, accounts: Accounts, api: ApiOf) -> Tour:
    """Every page of the hostile team, seen by somebody with every role in it."""
    starts = furnish(api(AUTHOR), api(COLLEAGUE))
    watch = Watch(portal.address)
    context = chromium.new_context(base_url=portal.address, locale="en-GB", reduced_motion="reduce")
    watch.over(context)
    page = context.new_page()
    strangers = [visit(page, path) for path in ("/sign-in/login/", "/sign-in/password/reset/")]
    sign_in(page, *accounts[AUTHOR])
    visits = strangers + walk(page, ["/", *starts])
    context.close()
    return Tour(visits, watch.troubles)
