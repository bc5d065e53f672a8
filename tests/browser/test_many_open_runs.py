"""A page with more open runs than a browser has connections: it answers all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from generation.models import Brief, GenerationRun
from generation.run_stream import append, connect
from tests.browser.conftest import ApiOf, OpenPage
from tests.browser.prepared import new_brief
from tests.factories import make_run
from tests.stories.portal import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

RUNS = 8
TEXT = "Harbour mug"
SEED = "from tests.browser.test_many_open_runs import open_runs; open_runs({})"
HIDE = "Object.defineProperty(document, 'hidden', {{ value: {}, configurable: true }});"
TELL = "document.dispatchEvent(new Event('visibilitychange'))"
COUNT_STREAMS = """
window.openStreams = new Set();
window.EventSource = class extends EventSource {
  constructor(url) { super(url); openStreams.add(this); }
  close() { super.close(); openStreams.delete(this); }
};
"""


def open_runs(brief_id: int) -> None:
    """Inside the portal: runs at work, whose worker has fallen silent after a few words, and a lease that holds."""
    brief = Brief.objects.get(pk=brief_id)
    runs = [make_run(brief, status="RUNNING").pk for _ in range(RUNS)]
    GenerationRun.objects.filter(pk__in=runs).update(attempt=1, lease_until=timezone.now() + timedelta(hours=1))
    delta = {"variant": 0, "text": TEXT, "tokens": 1, "attempt": 1}
    with connect() as redis:
        for run in runs:
            append(redis, run, [("restart", {"attempt": 1}), ("delta", delta)])
    print(json.dumps(runs))


@pytest.fixture
def runs(portal: LivePortal, api: ApiOf) -> Iterator[list[int]]:
    """Runs of one brief, newest first as on its page. None is left open."""
    marketer = api("marketer")
    made = portal.manage("shell", "-v", "0", "-c", SEED.format(new_brief(marketer, "Many at once")))
    assert made.returncode == 0, made.stderr
    runs: list[int] = json.loads(made.stdout)[::-1]
    yield runs
    for run in runs:
        if marketer.get(f"runs/{run}/")["status"] == "RUNNING":
            marketer.post(f"runs/{run}/cancel/")


def open_streams(page: Page) -> int:
    return int(page.evaluate("openStreams.size"))


def test_a_page_with_many_open_runs_still_answers(open_page: OpenPage, api: ApiOf, runs: list[int]) -> None:
    brief = api("marketer").get(f"runs/{runs[0]}/")["brief"]
    page = open_page("marketer")
    page.add_init_script(COUNT_STREAMS)
    page.goto(f"/briefs/{brief}/")
    expect(page.locator("[data-stream-url]")).to_have_count(RUNS)
    watched, unwatched = (page.locator(f"#run-{run}") for run in (runs[0], runs[-1]))
    text, quiet = watched.locator("[data-text]"), watched.locator("[data-stream-quiet]")
    expect(text).to_have_text(TEXT)
    expect(watched.locator("[data-tokens]")).to_have_text("1")
    assert open_streams(page) == 2
    with page.expect_response(f"**/runs/{runs[-1]}/panel/", timeout=8_000):
        pass
    expect(quiet).to_be_visible(timeout=8_000)
    assert "is-writing" not in (text.get_attribute("class") or "")
    page.evaluate(HIDE.format("true") + TELL)
    assert open_streams(page) == 0
    page.evaluate(HIDE.format("false") + TELL)
    expect(quiet).to_be_hidden()
    expect(text).to_have_text(TEXT)
    assert open_streams(page) == 2
    unwatched.locator("form button").click(timeout=5_000)
    expect(page.locator(f"#run-{runs[-1]} .status-cancelled")).to_be_visible(timeout=5_000)
    expect(page.locator("[data-stream-url]")).to_have_count(RUNS - 1)
