"""The loop by clicks, with the real model: brief, drafts, review, training data, audit; and the same by keyboard."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import ApiOf, OpenPage
from tests.browser.prepared import waiting_review
from tests.browser.seeds import CHINESE, LONGER

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

CORRECTED = "Spring tea, picked in April: 50 g in a tin that you can refill."
COMMENT = "Facts first, please."


def test_a_text_goes_from_brief_to_training_data_and_audit(open_page: OpenPage) -> None:
    marketer = open_page("marketer")
    brief = steps.write_brief(marketer, LONGER, "Spring tea, by clicks", variants=2)
    watch_two_drafts_come(marketer)
    original = submit_the_first(marketer)
    reviewer = open_page("reviewer")
    review = steps.take_next(reviewer)
    correct_and_approve(reviewer, original)
    see_the_decision_and_revise(marketer, brief)
    row = download_the_row(open_page("engineer"), review)
    assert row["chosen"][0]["content"] == CORRECTED
    assert row["rejected"][0]["content"] == original
    follow_the_events(open_page("auditor"), review)


def watch_two_drafts_come(page: Page) -> None:
    """Side by side, through a reload in the middle."""
    texts = page.locator("[data-variant] [data-text]")
    expect(texts).to_have_count(2)
    for text in texts.all():
        expect(text).not_to_be_empty(timeout=steps.WRITING_MS)
    left, right = (box for text in texts.all() if (box := text.bounding_box()))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    seen = texts.first.inner_text()
    page.reload()
    # What was written before comes again, and then what is new; by now it may be finished.
    again = page.locator("[data-variant] [data-text], article.draft[id] .draft-text").first
    expect(again).to_contain_text(seen.strip(" \"“'")[:60], timeout=steps.WRITING_MS)
    steps.finished_drafts(page, 2)


def submit_the_first(page: Page) -> str:
    card = page.locator("article.draft[id]").first
    text = card.locator(".draft-text").inner_text()
    steps.submit(page, card)
    return text


def correct_and_approve(page: Page, original: str) -> None:
    brief, draft = page.locator(".desk-brief"), page.locator("div.desk-text")
    expect(brief).to_contain_text(steps.VALUES["facts"])
    expect(draft).to_have_text(original)
    boxes = [box for part in (brief, draft) if (box := part.bounding_box())]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    steps.correct(page, CORRECTED)
    expect(page.locator("#what-changed ins, #what-changed del").first).to_be_visible()
    steps.rate(page, accuracy=4, brand_fit=3, language=5)
    page.locator("[name=comment]").fill(COMMENT)
    page.locator(".btn-approve").click()
    page.wait_for_url("**/reviews/")


def see_the_decision_and_revise(page: Page, brief: int) -> None:
    page.goto(f"/briefs/{brief}/")
    outcome = page.locator(".outcome").first
    expect(outcome.locator(".status-approved")).to_be_visible()
    expect(outcome).to_contain_text(COMMENT)
    expect(outcome.locator(".diff ins").first).to_be_visible()
    correction = page.locator("article.draft", has=page.locator(".draft-text", has_text=CORRECTED))
    correction.locator("a[href$='/edit/']").click()
    page.locator("[name=text]").fill(f"{CORRECTED} New this week.")
    page.locator("form[data-autosave] button[type=submit]").last.click()
    page.wait_for_url(re.compile(r"/drafts/\d+/$"))
    expect(page.locator(".diff ins")).to_have_text("New this week.")
    expect(page.locator("form[action$='/submit/']")).to_be_visible()


def download_the_row(page: Page, review: int) -> dict[str, Any]:
    """The row that the review made, out of the zip, each file checked against the manifest."""
    page.goto("/")
    page.locator("a[href='/datasets/new/']").first.click()
    number = steps.export(page, "preference")
    expect(page.locator(".chat .is-good").first).to_be_visible()
    with page.expect_download() as download:
        page.locator(f"form[action^='/datasets/{number}/files/'][action$='.zip'] button").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        files = {Path(name).name: archive.read(name) for name in archive.namelist()}
    for file in json.loads(files["manifest.json"])["files"]:
        assert hashlib.sha256(files[file["name"]]).hexdigest() == file["sha256"]
    lines = [line for name, content in files.items() if name.endswith(".jsonl") for line in content.splitlines()]
    (row,) = [row for row in map(json.loads, lines) if review in row["source"]["review_ids"]]
    found: dict[str, Any] = row
    return found


def follow_the_events(page: Page, review: int) -> None:
    """From the newest events to the life of the review, and from there to the review itself."""
    page.goto("/")
    event = page.locator("details.event", has_text="review.approved").first
    event.locator("summary").click(position={"x": 4, "y": 4})
    event.locator("a[href*='type=review.review']").click()
    page.wait_for_url(f"**/audit/?type=review.review&id={review}")
    codes = page.locator(".event-code")
    assert {"review.submitted", "review.in_review", "review.approved"} <= set(codes.all_inner_texts())
    page.locator(f"a[href='/reviews/{review}/']").first.click()
    expect(page.locator(".outcome .status-approved")).to_be_visible()


def test_a_run_is_cancelled_and_asked_for_again(open_page: OpenPage, api: ApiOf) -> None:
    page = open_page("marketer")
    brief = steps.write_brief(page, LONGER, "Cancelled", variants=1)
    page.locator("form[action$='/cancel/'] button").click()
    page.locator("form[action$='/repeat/'] button").click()
    again = page.locator("section.run").first
    expect(again.locator("[data-text]")).not_to_be_empty(timeout=steps.WRITING_MS)
    again.locator("form[action$='/cancel/'] button").click()
    expect(page.locator("section.run form[action$='/repeat/']")).to_have_count(2)
    runs = api("marketer").get("runs/", brief=brief)["results"]
    assert [(run["status"], len(run["drafts"])) for run in runs] == [("CANCELLED", 0)] * 2
    assert runs[0]["seed"] == runs[1]["seed"]


def test_a_reviewer_rejects_by_keyboard_alone(open_page: OpenPage, api: ApiOf) -> None:
    review = waiting_review(api("marketer"), "By keyboard")
    page = open_page("reviewer")
    page.goto("/reviews/")
    page.keyboard.press("n")
    page.wait_for_url(f"**/reviews/{review}/")
    page.keyboard.press("r")
    expect(page.locator("#reasons input").first).to_be_focused()
    page.keyboard.press("2")
    page.keyboard.press("j")
    expect(page.locator("[name=comment]")).to_be_focused()
    page.keyboard.type("Not what we sell; r and a are letters here.")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("[formaction*='/reject/']")).to_be_focused()
    assert api("reviewer").get(f"reviews/{review}/")["status"] == "IN_REVIEW"
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/")
    decided = api("marketer").get(f"reviews/{review}/")
    assert decided["status"] == "REJECTED"
    assert [reason["code"] for reason in decided["feedback"]["reasons"]] == ["unsupported"]
    assert decided["feedback"]["comment"] == "Not what we sell; r and a are letters here."


def test_the_loop_in_chinese(open_page: OpenPage) -> None:
    """The interface speaks the reader's language, the texts keep their own."""
    page = open_page("marketer", locale="zh-CN")
    steps.choose_language(page, "zh-hans")
    values = {"product": "春茶", "facts": "四月采摘，五十克", "tone": "亲切", "characters": "60"}
    brief = steps.write_brief(page, CHINESE, "春茶，中文", values)
    expect(page.locator(".notice-warning a[href='/models/']")).to_be_visible()
    page.locator("[name=variants][value='2']").check()
    page.locator(f"form[action='/briefs/{brief}/generate/'] button[type=submit]").click()
    cards = steps.finished_drafts(page, 2)
    expect(cards.first.locator(".draft-text")).to_have_attribute("lang", "zh")
    steps.submit(page, cards.first)
    reviewer = open_page("second reviewer", locale="zh-CN")
    steps.choose_language(reviewer, "zh-hans")
    review = steps.take_next(reviewer)
    expect(reviewer.locator("div.desk-text")).to_have_attribute("lang", "zh")
    steps.correct(reviewer, "春茶，四月采摘，五十克一罐。")
    reviewer.locator(".btn-approve").click()
    reviewer.wait_for_url("**/reviews/")
    for path in (f"/briefs/{brief}/", f"/reviews/{review}/", "/prompts/", "/models/"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
        expect(page.locator(".mainnav")).to_have_text(re.compile("[\u4e00-\u9fff]"))
    for somebody in (page, reviewer):
        steps.choose_language(somebody, "en")
