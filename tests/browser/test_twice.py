"""Impatient and simultaneous people: every click counts once, one decision wins, nobody's text is lost."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser import steps
from tests.browser.conftest import ApiOf, OpenPage
from tests.browser.prepared import new_brief, waiting_review
from tests.browser.seeds import SHORT
from tests.browser.watch import Watch
from tests.stories.loop import events_after, last_event
from tests.stories.portal import LivePortal, finished

pytestmark = [pytest.mark.browser, pytest.mark.real_model]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_double_click_counts_once(open_page: OpenPage, portal: LivePortal, api: ApiOf, scripts: bool) -> None:
    after = last_event(portal)
    marketer = open_page("marketer", java_script_enabled=scripts)
    steps.open_prompt(marketer, SHORT)
    steps.fill_brief(marketer, "Twice", steps.VALUES)
    marketer.locator("[name=variants][value='1']").check()
    marketer.locator("button[name=then][value=generate]").dblclick()
    marketer.wait_for_url(re.compile(r"/briefs/\d+/"))
    brief = steps.number_in(marketer, "briefs")
    (run,) = api("marketer").get("runs/", brief=brief)["results"]
    (draft,) = finished(api("marketer"), f"runs/{run['id']}/", 60)["drafts"]
    marketer.goto(f"/drafts/{draft['id']}/edit/")
    marketer.locator("[name=text]").fill("Spring tea. Twice.")
    marketer.locator("form[data-autosave] button.btn-primary").dblclick()
    marketer.locator("form[action$='/submit/'] button").dblclick()
    expect(marketer.locator("form[action$='/withdraw/'] button")).to_be_visible()
    reviewer = open_page("reviewer", java_script_enabled=scripts)
    reviewer.goto("/reviews/")
    reviewer.locator("form[action^='/reviews/next/'] button").dblclick()
    reviewer.locator(".btn-approve").dblclick()
    reviewer.wait_for_url("**/reviews/")
    engineer = open_page("engineer", java_script_enabled=scripts)
    engineer.goto("/datasets/new/")
    engineer.locator("[name=type][value='prompt-completion']").check()
    engineer.locator("#selection button[type=submit]").dblclick()
    engineer.wait_for_url(re.compile(r"/datasets/\d+/"))
    done = Counter(event["action"] for event in events_after(portal, after))
    wanted = ["brief.created", "run.requested", "draft.edited", "review.submitted", "review.in_review"]
    wanted += ["review.approved", "dataset.requested"]
    assert {action: done[action] for action in wanted} == dict.fromkeys(wanted, 1)


def test_of_two_decisions_at_once_one_stands(open_page: OpenPage, api: ApiOf, watch: Watch) -> None:
    """The other one gets a 409 page with the decision that stands and everything that was typed."""
    watch.expect(409)
    review = waiting_review(api("marketer"), "At once")
    first = open_page("reviewer")
    assert steps.take_next(first) == review
    second = first.context.new_page()
    second.goto(first.url)
    steps.correct(first, "Spring tea, corrected.")
    first.locator("[name=comment]").fill("Comment of the first tab.")
    second.locator("#reasons input").first.check()
    second.locator("[name=comment]").fill("Comment of the second tab.")
    answers = {first: decisions_of(first), second: decisions_of(second)}
    first.locator(".btn-approve").click(no_wait_after=True)
    second.locator("[formaction*='/reject/']").click(no_wait_after=True)
    for page in answers:
        page.wait_for_url(lambda url: not url.endswith(f"/reviews/{review}/"))
    assert sorted(status for statuses in answers.values() for status in statuses) == [302, 409]
    loser = first if 409 in answers[first] else second
    decided = api("reviewer").get(f"reviews/{review}/")
    assert decided["status"] == ("REJECTED" if loser is first else "APPROVED")
    expect(loser.locator(".outcome .status")).to_be_visible()
    expect(loser.locator("#kept-comment")).to_have_value(
        f"Comment of the {'first' if loser is first else 'second'} tab."
    )
    if loser is first:
        expect(loser.locator("#kept-correction")).to_have_value("Spring tea, corrected.")


def decisions_of(page: Page) -> list[int]:
    """Fills with the status of each decision that the page sends."""
    statuses: list[int] = []

    def note(response: Response) -> None:
        if response.request.method == "POST" and response.url.rstrip("/").endswith(("approve", "reject")):
            statuses.append(response.status)

    page.on("response", note)
    return statuses


def test_a_decision_after_a_colleagues_decision(open_page: OpenPage, api: ApiOf, watch: Watch) -> None:
    """Put back in another tab, taken and rejected by a colleague: the old tab learns who decided what."""
    watch.expect(409)
    review = waiting_review(api("marketer"), "Too late")
    page = open_page("reviewer")
    assert steps.take_next(page) == review
    page.locator("[name=comment]").fill("Typed before.")
    api("reviewer").post(f"reviews/{review}/release/")
    taken = api("second reviewer").post(f"reviews/{review}/claim/")
    reject: dict[str, Any] = {"sha256": taken["draft"]["sha256"], "reasons": ["length"], "comment": "Too short."}
    api("second reviewer").post(f"reviews/{review}/reject/", reject)
    with page.expect_response("**/approve/*") as answer:
        page.locator(".btn-approve").click()
    assert answer.value.status == 409
    expect(page.locator(".notice-warning")).to_contain_text(taken["claimed_by"]["name"])
    expect(page.locator(".outcome")).to_contain_text("Too short.")
    expect(page.locator("#kept-comment")).to_have_value("Typed before.")


def test_a_stale_edit_keeps_the_typed_text(open_page: OpenPage, api: ApiOf, watch: Watch) -> None:
    watch.expect(409)
    brief = new_brief(api("marketer"), "Two tabs")
    first = open_page("marketer")
    second = first.context.new_page()
    for page in (first, second):
        page.goto(f"/briefs/{brief}/edit/")
    for page, text in ((first, "From the first tab"), (second, "From the second tab")):
        page.locator("[name=value-topic]").fill(text)
    save = "form[data-autosave] button.btn-primary"
    first.locator(save).click()
    first.wait_for_url(f"**/briefs/{brief}/")
    with second.expect_response(f"**/briefs/{brief}/edit/") as answer:
        second.locator(save).click()
    assert answer.value.status == 409
    expect(second.locator("[name=value-topic]")).to_have_value("From the second tab")
    expect(second.locator("aside")).to_contain_text("From the first tab")
    second.locator(save).click()
    second.wait_for_url(f"**/briefs/{brief}/")
    assert api("marketer").get(f"briefs/{brief}/")["values"]["topic"] == "From the second tab"
