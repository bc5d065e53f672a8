"""text_selection.js on a page of its own: what is selected, by mouse or by keys, in code points of the whole text."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from csp.utils import build_policy
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Browser, Page, Route, expect

from generation.spans import Span, marked_pieces
from generation.text_diff import diff_pieces
from tests.browser.tour import accessibility, look
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

ADDRESS = "http://portal.test"
STATIC = settings.BASE_DIR / "aigc_portal" / "static"
FAMILY, FLAG, ACCENTED = "👨‍👩‍👧", "🇩🇪", "e\u0301"
ENGLISH = f"Hot {FAMILY} for six hours. From {FLAG} with caf{ACCENTED} love. Order it today."
CHINESE = f"保温六小时，三种颜色。适合{FAMILY}全家使用！"
OpenText = Callable[..., Page]

KEEP_EVENTS = """
window.told = [];
for (const name of ["text-selected", "text-deselected"]) {
  document.addEventListener(name, (event) => told.push({ name, id: event.target.id, ...event.detail }));
}
"""
# Selects from the first to the last UTF-16 unit, as a mouse can, also within a sign.
SELECT = """([start, end]) => {
  const place = (offset) => {
    const texts = document.createTreeWalker(document.getElementById("draft"), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      if (offset <= texts.currentNode.length) return [texts.currentNode, offset];
      offset -= texts.currentNode.length;
    }
  };
  getSelection().setBaseAndExtent(...place(start), ...place(end));
}"""


def page_of(text: str, spans: list[Span], language: str) -> str:
    with translation.override(language):
        context = {"pieces": marked_pieces(text, spans), "lang": "en", "id": "draft", "class": "desk-text"}
        marked = render_to_string("parts/marked_text.html", context | {"selectable": True})
        diff = render_to_string("parts/diff.html", {"segments": diff_pieces(text, f"{text} שלום!"), "lang": "en"})
        head = render_to_string("parts/head.html")
    return f"""<!doctype html><html lang="{language}"><head>{head}<title>Text</title>
      <script src="/static/js/text_selection.js" type="module"></script></head>
      <body><main class="workspace"><h1>Text</h1><article class="panel">{marked}</article>
      <article class="panel">{diff}</article></main></body></html>"""


@pytest.fixture
def open_text(chromium: Browser) -> Iterator[OpenText]:
    """A page with the text. The test fails when the console or the policy complains."""
    watch = Watch(ADDRESS)
    contexts = []

    def open_text(text: str, *spans: Span, language: str = "en", **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        watch.over(context)

        def answer(route: Route) -> None:
            path = urlsplit(route.request.url).path
            if path == "/":
                policy = {"Content-Security-Policy": build_policy()}
                body = page_of(text, list(spans), language)
                route.fulfill(body=body, content_type="text/html; charset=utf-8", headers=policy)
            else:
                file = STATIC / path.removeprefix("/static/")
                route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(path)[0])

        context.route(f"{ADDRESS}/**", answer)
        page = context.new_page()
        page.add_init_script(KEEP_EVENTS)
        page.goto(ADDRESS)
        return page

    yield open_text
    for context in contexts:
        context.close()
    assert watch.troubles == []


def told(page: Page, count: int = 1) -> Any:
    """The newest event, once there are that many."""
    page.wait_for_function("count => told.length >= count", arg=count)
    events = page.evaluate("told")
    assert len(events) == count, events
    return events[-1]


def selected(quote: str, text: str) -> dict[str, Any]:
    start = text.index(quote)
    return {"name": "text-selected", "id": "draft", "start": start, "end": start + len(quote), "quote": quote}


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        (
            ENGLISH,
            [
                ("for six", "for six", "for six"),
                ("love.", "love.", "love."),
                (" for ", " for ", "for"),
                ("\u200d👩", "\u200d👩", FAMILY),
                ("🇪 with", "caf", f"{FLAG} with caf"),
                ("\u0301 love", "\u0301 love", f"{ACCENTED} love"),
            ],
        ),
        (CHINESE, [("三", "种", "三种"), ("全家", "全家", "全家")]),
    ],
    ids=["English", "Chinese"],
)
@pytest.mark.parametrize("cut", [False, True], ids=["plain", "marked"])
def test_offsets_are_code_points_of_whole_signs(
    open_text: OpenText, text: str, cases: list[tuple[str, str, str]], cut: bool
) -> None:
    """From the beginning of the first to the end of the second."""
    spans = [Span(2, 20, "comment", "Note", "a"), Span(7, 22, "finding-block", "Banned", "b")]
    page = open_text(text, *(spans if cut else []))
    for count, (first, last, quote) in enumerate(cases, start=1):
        page.evaluate(SELECT, [utf16(text[: text.index(first)]), utf16(text[: text.index(last) + len(last)])])
        assert told(page, count) == selected(quote, text)


def test_half_a_surrogate_pair_is_the_whole_sign(open_text: OpenText) -> None:
    page = open_text("a👍🏽b")
    page.evaluate(SELECT, [2, 3])
    assert told(page) == selected("👍🏽", "a👍🏽b")


def test_a_selection_that_reaches_beyond_the_text_ends_with_it(open_text: OpenText) -> None:
    page = open_text(ENGLISH)
    page.evaluate("getSelection().selectAllChildren(document.body)")
    assert told(page) == selected(ENGLISH, ENGLISH)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
    assert told(page, 2)["name"] == "text-deselected"


def test_the_mouse_tells_once_when_it_is_let_go(open_text: OpenText) -> None:
    page = open_text(CHINESE, Span(2, 4, "comment", "Note", "a"))
    box = page.locator("#draft").bounding_box()
    assert box
    page.mouse.move(box["x"] + 1, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 12)
    page.mouse.move(box["x"] + 6 * 16 - 3, box["y"] + 12)
    page.wait_for_timeout(300)
    assert page.evaluate("told") == []
    page.mouse.up()
    assert told(page) == selected("保温六小时，", CHINESE)


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        (
            ENGLISH,
            {
                "ArrowRight": "Hot",
                "ArrowRight ArrowRight": "for",
                "ArrowRight Shift+ArrowRight Shift+ArrowRight": f"Hot {FAMILY} for six",
                "ArrowRight Shift+ArrowRight Shift+ArrowRight Shift+ArrowLeft": f"Hot {FAMILY} for",
                "ArrowDown": f"Hot {FAMILY} for six hours.",
                "ArrowDown ArrowDown": f"From {FLAG} with caf{ACCENTED} love.",
                "ArrowDown ArrowDown ArrowRight": "From",
                "ArrowUp ArrowUp Shift+ArrowDown": f"From {FLAG} with caf{ACCENTED} love. Order it today.",
            },
        ),
        (
            CHINESE,
            {
                "ArrowDown": "保温六小时，三种颜色。",
                "ArrowDown ArrowDown": f"适合{FAMILY}全家使用！",
                "ArrowUp ArrowRight": "适合",
            },
        ),
    ],
    ids=["English", "Chinese"],
)
def test_words_and_sentences_by_keyboard(open_text: OpenText, text: str, cases: dict[str, str]) -> None:
    page = open_text(text, Span(2, 12, "comment", "Note", "a"))
    page.locator("#draft").focus()
    for count, (keys, quote) in enumerate(cases.items(), start=1):
        for key in [*keys.split(" "), "m"]:
            page.keyboard.press(key)
        assert told(page, count) == selected(quote, text)
        page.keyboard.press("Escape")


def test_keys_are_explained_while_the_text_has_the_focus(open_text: OpenText) -> None:
    page = open_text(ENGLISH)
    width = "document.getElementById('draft-keys').offsetWidth"
    assert page.evaluate(width) == 1
    page.keyboard.press("Tab")
    expect(page.locator("#draft")).to_be_focused()
    assert page.evaluate(width) > 100


def test_choosing_tells_nothing_before_m_and_escape_drops_it(open_text: OpenText) -> None:
    page = open_text(ENGLISH)
    page.locator("#draft").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.wait_for_timeout(300)
    assert page.evaluate("[told, getSelection().toString()]") == [[], ""]


def test_at_a_cursor_in_the_text_m_marks_its_sentence_and_arrows_are_the_browsers(open_text: OpenText) -> None:
    page = open_text(CHINESE)
    page.locator("#draft").click(position={"x": 40, "y": 12})
    page.keyboard.press("ArrowRight")
    assert page.evaluate("getSelection().isCollapsed")
    page.keyboard.press("m")
    assert told(page) == selected("保温六小时，三种颜色。", CHINESE)


def test_each_span_has_one_stop_and_says_what_it_is(open_text: OpenText) -> None:
    page = open_text(
        ENGLISH, Span(0, 20, "comment", "Anna: really?", "c1"), Span(10, 30, "finding-warn", "Vague", "f1")
    )
    marks = page.locator("mark")
    assert marks.evaluate_all("all => all.map(({ dataset }) => dataset.spans)") == ["c1", "c1 f1", "f1"]
    assert marks.evaluate_all("all => all.map(({ tabIndex }) => tabIndex)") == [0, 0, -1]
    assert marks.evaluate_all("all => all.map(({ title }) => title)") == [
        "Anna: really?",
        "Anna: really? · Vague",
        "Vague",
    ]
    assert page.locator("#draft").evaluate("({ textContent }) => textContent") == ENGLISH


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_marks_and_differences_fit_and_are_accessible(open_text: OpenText, language: str) -> None:
    """At 1440 and 390 px, in light and dark."""
    spans = [
        Span(0, 20, "comment", "a", "a"),
        Span(10, 30, "finding-warn", "b", "b"),
        Span(15, 40, "finding-block", "c", "c"),
    ]
    page = open_text(ENGLISH, *spans, language=language, reduced_motion="reduce")
    assert look(page) == []
    assert accessibility(page, dark=True) == []
