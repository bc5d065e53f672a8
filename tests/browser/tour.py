"""A walk over every page that links lead to, one of a kind, noting what is wrong with each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

CHECKS = (Path(__file__).parent / "page_checks.js").read_text()
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
OPEN_FOLDS = "[...document.querySelectorAll('main details')].slice(0, 5).forEach((fold) => { fold.open = true })"
WIDTHS = (390, 1440)
# A line of the audit log unfolds and holds links; browsers and screen readers handle both.
NOT_ASKED = {"nested-interactive": {"enabled": False}}
NOT_PAGES = re.compile(r"^/(api|static|health)/|/files/")
RICH = ("/briefs/N/", "/drafts/N/", "/reviews/N/", "/audit/N/")
"""Kinds of pages that differ from object to object: two of each are looked at, one of every other kind."""


@dataclass
class Visit:
    path: str
    status: int
    text: str = ""
    wrong: list[str] = field(default_factory=list)


@dataclass
class Tour:
    visits: list[Visit]
    troubles: list[str]
    """What Watch saw on the way."""


def kind_of(address: str) -> str:
    """/briefs/7/?whose=team is a /briefs/N/?whose."""
    parts = urlsplit(address)
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&")})
    return re.sub(r"\d+", "N", parts.path) + (f"?{'&'.join(names)}" if parts.query else "")


def walk(page: Page, starts: Iterable[str]) -> list[Visit]:
    """Visit the addresses and everything that they link to."""
    waiting, counts, visits = list(starts), dict[str, int](), dict[str, Visit]()
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(address)
        if address in visits or counts.get(kind, 0) > (kind in RICH) or NOT_PAGES.search(address):
            continue
        counts[kind] = counts.get(kind, 0) + 1
        visits[address] = visit(page, address, thorough=counts[kind] == 1 and "?" not in kind)
        links = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
        here = urlsplit(page.url)
        for found in map(urlsplit, dict.fromkeys(links)):
            if found.netloc == here.netloc:
                waiting.append(found._replace(scheme="", netloc="", fragment="").geturl())
    return list(visits.values())


def visit(page: Page, address: str, thorough: bool = True) -> Visit:
    response = page.goto(address)
    visit = Visit(address, response.status if response else 0)
    visit.text = page.locator("body").inner_text()
    visit.wrong = look(page)
    if thorough:
        visit.wrong += accessibility(page, dark=kind_of(address) in RICH)
    return visit


def look(page: Page) -> list[str]:
    """What is wrong with the open page at each width."""
    page.evaluate(OPEN_FOLDS)
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wrong += [f"{width} px: {sentence}" for sentence in page.evaluate(CHECKS)]
    return wrong


def accessibility(page: Page, dark: bool) -> list[str]:
    """What axe finds, and about contrast in dark colours too, which pages share through tokens.css."""
    page.evaluate(AXE)
    wrong = broken_rules(page, {})
    if dark:
        page.emulate_media(color_scheme="dark")
        wrong += broken_rules(page, {"runOnly": ["color-contrast"]})
        page.emulate_media(color_scheme="light")
    return wrong


def accessibility_at_each_width(page: Page) -> list[str]:
    """For pages whose narrow form is another one: bars, tables that become cards."""
    page.evaluate(AXE)
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wrong += [f"{width} px: {sentence}" for sentence in broken_rules(page, {})]
    return wrong


def broken_rules(page: Page, options: dict[str, Any]) -> list[str]:
    options = {"resultTypes": ["violations"], "rules": NOT_ASKED, **options}
    violations = page.evaluate("async (options) => (await axe.run(document, options)).violations", options)
    return [f"{rule['id']}: {node['html'][:200]}" for rule in violations for node in rule["nodes"]]
