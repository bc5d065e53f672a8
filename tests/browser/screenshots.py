"""The pictures of the README, taken from the running portal with its demo data: python -m tests.browser.screenshots"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from aigc_portal.services.configuration import REPOSITORY, Configuration, from_environment
from aigc_portal.services.lock import PortalLock
from review.management.portal_client import PortalClient
from tests.browser import steps
from tests.browser.chromium import chromium_path, started
from tests.stories.portal import finished

IMAGES = REPOSITORY / "docs" / "images"
TITLE = "Harbour travel mug, product page"
VARIANTS, SEED = 3, 1
RUN_SECONDS = 600
WIDTH = 1440
LARGEST = 250_000  # bytes
WHAT_IS_WRONG, CORRECTION = "a refreshing and eco-friendly beverage that", "made of recycled steel, which"
COMMENT = "A mug is no beverage, and the steel belongs into the first sentence."


def main() -> int:
    configuration = from_environment()
    running, path = PortalLock(configuration.run_dir).holder(), chromium_path()
    if running is None or not running.ready:
        sys.exit("The portal is not running. Start it with: make run")
    if path is None:
        sys.exit("No Chromium was found. Set PORTAL_CHROMIUM, or install chromium-headless-shell.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with started(path) as browser:
        take_all(browser, running.address, people_of(configuration))
    return 0


def people_of(configuration: Configuration) -> dict[str, tuple[str, str]]:
    accounts = json.loads(configuration.sign_ins.read_text())
    return {account["role"]: (account["email"], account["password"]) for account in accounts}


def take_all(browser: Browser, address: str, people: dict[str, tuple[str, str]]) -> None:
    marketer = PortalClient(address, *people["marketer"], name="screenshots")
    reviewer = PortalClient(address, *people["reviewer"], name="screenshots")
    brief = next(brief for brief in marketer.get("briefs/")["results"] if brief["title"] == TITLE)
    run = marketer.post(f"briefs/{brief['id']}/runs/", {"variants": VARIANTS, "seed": SEED})
    drafts = finished(marketer, f"runs/{run['id']}/", RUN_SECONDS)["drafts"]
    page = signed_in(browser, address, people["marketer"])
    page.goto(f"/briefs/{brief['id']}/")
    take(page, "brief", height=830)
    review = marketer.post(f"drafts/{drafts[0]['id']}/reviews/")["id"]
    reviewer.post(f"reviews/{review}/claim/")
    page = signed_in(browser, address, people["reviewer"])
    page.goto(f"/reviews/{review}/")
    steps.correct(page, drafts[0]["text"].replace(WHAT_IS_WRONG, CORRECTION))
    steps.rate(page, accuracy=2, brand_fit=4, language=5)
    page.locator("[name=comment]").fill(COMMENT)
    page.locator("h1").click()
    take(page, "review", height=1080)
    reviewer.post(f"reviews/{review}/release/")
    marketer.post(f"reviews/{review}/withdraw/")
    for person in (marketer, reviewer):
        person.sign_out()


def signed_in(browser: Browser, address: str, account: tuple[str, str]) -> Page:
    context = browser.new_context(
        base_url=address, locale="en-GB", viewport={"width": WIDTH, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    steps.sign_in(page, *account)
    return page


def take(page: Page, name: str, height: int) -> None:
    """The picture docs/images/NAME.png."""
    expect(page.locator("html")).to_have_attribute("lang", "en")
    path = Path(IMAGES / f"{name}.png")
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.screenshot(path=path, animations="disabled")
    if path.stat().st_size > LARGEST:
        sys.exit(f"{path} has {path.stat().st_size} bytes; at most {LARGEST} are wanted.")
    sys.stdout.write(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    sys.exit(main())
