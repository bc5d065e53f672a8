"""Which Chromium the browser tests drive."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = ("/usr/bin", "/usr/lib/chromium")


def chromium_path() -> str | None:
    """PORTAL_CHROMIUM, else the first browser found on the PATH or where Debian puts it."""
    if forced := os.environ.get("PORTAL_CHROMIUM"):
        return forced
    path = os.pathsep.join([os.environ.get("PATH", ""), *PLACES])
    return next((found for name in NAMES if (found := shutil.which(name, path=path))), None)


@contextmanager
def started(path: str) -> Iterator[Browser]:
    # Root has no user namespace to build Chromium's sandbox in; the pages are our own.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
