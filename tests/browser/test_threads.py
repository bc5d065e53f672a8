"""Threads by mouse and keyboard: a passage of a Chinese text, a mention, an answer, the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ApiOf, OpenPage
from tests.browser.prepared import new_brief
from tests.browser.tour import accessibility, look
from tests.stories.portal import LivePortal, finished

pytestmark = [pytest.mark.browser, pytest.mark.real_model]

TEXT = "☕️👨‍👩‍👧 清晨的第一杯，从云南高山开始。每一袋都标注采摘日期，全家都能喝到新鲜。"
PASSAGE = "云南高山"
# Selects the passage as a mouse does, in UTF-16 units.
SELECT = """(quote) => {
  const element = document.getElementById("draft-text");
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const at = texts.currentNode.data.indexOf(quote);
    if (at >= 0) return getSelection().setBaseAndExtent(texts.currentNode, at, texts.currentNode, at + quote.length);
  }
}"""


@pytest.fixture
def review(portal: LivePortal, api: ApiOf) -> Iterator[int]:
    """The number of a waiting review of the text, which leaves the queue afterwards."""
    marketer = api("marketer")
    run = marketer.post(f"briefs/{new_brief(marketer, '云南咖啡')}/runs/", {"variants": 1})
    (draft,) = finished(marketer, f"runs/{run['id']}/", 60)["drafts"]
    edited = marketer.post(f"drafts/{draft['id']}/edits/", {"text": TEXT})
    review = int(marketer.post(f"drafts/{edited['id']}/reviews/")["id"])
    yield review
    marketer.post(f"reviews/{review}/withdraw/")


def comments(api: ApiOf, review: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = api("reviewer").get(f"reviews/{review}/comments/")["results"]
    return found


def test_a_passage_a_mention_and_the_end(open_page: OpenPage, api: ApiOf, review: int) -> None:
    author = api("marketer").get("me/")
    page = open_page("reviewer", reduced_motion="reduce")
    page.goto(f"/reviews/{review}/")
    ask_about(page, author["name"])
    (thread,) = comments(api, review)
    start = TEXT.index(PASSAGE)
    assert (thread["start"], thread["end"], thread["quote"]) == (start, start + len(PASSAGE), PASSAGE)
    assert thread["mentions"] == [author["id"]]
    there_and_back(page, f"c{thread['id']}")
    answer_and_resolve(page)
    assert comments(api, review)[0]["text"] == "有的。"
    assert look(page) == []
    assert accessibility(page, dark=True) == []


def ask_about(page: Page, name: str) -> None:
    """Mark the passage, press the button, name the author, send."""
    page.locator("#draft-text").focus()
    page.evaluate(SELECT, PASSAGE)
    page.locator("[data-passage-bar] button").click()
    field = page.locator("[data-composer] [name=text]")
    expect(field).to_be_focused()
    expect(page.locator("[data-about-passage] .quoted")).to_have_text(PASSAGE)
    page.keyboard.insert_text("有依据吗？请看 @")
    page.keyboard.type(name[:2])
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(field).to_have_value(re.compile(f"@{re.escape(name)} $"))
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#draft-text mark")).to_have_text(PASSAGE)
    expect(page.locator(".mentioned")).to_have_text(f"@{name}")
    expect(page.locator(".thread")).to_be_focused()


def there_and_back(page: Page, key: str) -> None:
    """From the quote to the mark and from the mark to the thread."""
    page.locator("[data-to-passage]").click()
    expect(page.locator("#draft-text mark")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-thread={key}]")).to_be_focused()
    expect(page.locator(f"[data-spans={key}]")).to_have_class(re.compile("is-current"))


def answer_and_resolve(page: Page) -> None:
    page.locator(".thread-answer > summary").click()
    expect(page.locator(".thread-answer textarea")).to_be_focused()
    page.keyboard.insert_text("有的。")
    page.locator(".thread-answer button[type=submit]").click()
    expect(page.locator(".thread-answers .comment-text")).to_have_text("有的。")
    page.locator("form[action*='/resolve/'] button").click()
    expect(page.locator(".threads-resolved > summary")).to_be_visible()
    expect(page.locator("#draft-text mark")).to_have_count(0)


def test_what_was_typed_is_there_again(open_page: OpenPage, review: int) -> None:
    """After Escape, and after the page was left, with its passage."""
    page = open_page("reviewer", viewport={"width": 390, "height": 844})
    page.goto(f"/reviews/{review}/")
    page.locator("#draft-text").focus()
    page.evaluate(SELECT, PASSAGE)
    expect(page.locator("[data-passage-bar]")).to_be_visible()
    page.keyboard.press("m")
    field = page.locator("[data-composer] [name=text]")
    expect(field).to_be_focused()
    page.keyboard.insert_text("海拔多少？")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    expect(page.locator("#draft-text")).to_be_focused()
    page.reload()
    expect(field).to_have_value("海拔多少？")
    expect(page.locator("[data-about-passage] .quoted")).to_have_text(PASSAGE)
    page.locator("body").press("m")  # leads into what stands open, so that words are not taken for keys
    expect(field).to_be_focused()
    page.locator("[data-composer] button[type=submit]").click()
    expect(page.locator("#draft-text mark")).to_have_text(PASSAGE)
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('comment:'))") == []


def test_m_alone_is_about_the_whole_text(open_page: OpenPage, review: int) -> None:
    page = open_page("reviewer")
    page.goto(f"/reviews/{review}/")
    page.keyboard.press("m")
    expect(page.locator("[data-about-whole]")).to_be_visible()
    page.keyboard.insert_text("很好 👍🏽")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".thread .comment-text")).to_have_text("很好 👍🏽")
    expect(page.locator("[data-composer] [name=text]")).to_be_hidden()
