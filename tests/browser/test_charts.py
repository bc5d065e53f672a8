"""chart.js on a page of its own: the partial, the style sheets and the policy of the portal, without its processes."""

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

from aigc_portal.charts import Cell, Chart, Column, Row
from tests.browser.tour import accessibility, look
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

ADDRESS = "http://portal.test"
STATIC = settings.BASE_DIR / "aigc_portal" / "static"
DAYS = [
    Row("1 November", [Cell(4, "4"), Cell(1, "1"), Cell(5, "5")]),
    Row("2 November", [Cell(None, "–"), Cell(None, "–"), Cell(0, "0")]),
    Row("3 November", [Cell(1200, "1,200"), Cell(2, "2"), Cell(1202, "1,202")]),
]
COLUMNS = [Column("Approved", "good"), Column("Rejected <b>", "bad"), Column("Together", drawn=False)]
DECIDED = Chart("decided", "stacked", "count", "Decided a day", "Day", COLUMNS, DAYS)
RATES = Chart(
    "rates", "bar", "percent", "Approved, by prompt", "Prompt", [Column("Approved")],
    [Row("A prompt with a very long name that fits no axis", [Cell(0.42, "42%")]), Row("中文提示", [Cell(1, "100%")])],
)  # fmt: skip
WAITING = Chart("waiting", "line", "hour", "Waiting time", "Day", [Column("Half"), Column("Nine of ten")], [
    Row(row.label, [Cell(1.5, "1.5 h"), Cell(None if at == 1 else 8, "8 h")]) for at, row in enumerate(DAYS)
])  # fmt: skip
OpenCharts = Callable[..., Page]
PICTURE = "canvas => canvas.toDataURL()"
PIXELS = """async canvas => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height), seen = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 250) seen.add(data.slice(at, at + 3).join());
  return [...seen];
}"""


def page_of(charts: list[Chart], language: str) -> str:
    with translation.override(language):
        figures = "".join(render_to_string("parts/chart.html", {"chart": chart}) for chart in charts)
        head = render_to_string("parts/head.html")
    return f"""<!doctype html><html lang="{language}"><head>{head}<title>Charts</title>
      <link rel="stylesheet" href="/static/css/charts.css">
      <script src="/static/vendor/chartjs/chart.umd.min.js" defer></script>
      <script src="/static/js/chart.js" type="module"></script></head>
      <body><main><h1>Charts</h1><div class="charts">{figures}</div></main></body></html>"""


@pytest.fixture
def open_charts(chromium: Browser) -> Iterator[OpenCharts]:
    """A page with these charts. The test fails when the console or the policy complains."""
    watch = Watch(ADDRESS)
    contexts = []

    def open_charts(*charts: Chart, language: str = "en", **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        watch.over(context)

        def answer(route: Route) -> None:
            path = urlsplit(route.request.url).path
            if path == "/":
                policy = {"Content-Security-Policy": build_policy()}
                route.fulfill(body=page_of(list(charts), language), content_type="text/html", headers=policy)
            else:
                file = STATIC / path.removeprefix("/static/")
                route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(path)[0])

        context.route(f"{ADDRESS}/**", answer)
        page = context.new_page()
        page.goto(ADDRESS)
        expect(page.locator("canvas")).to_have_count(len([chart for chart in charts if chart.rows]))
        return page

    yield open_charts
    for context in contexts:
        context.close()
    assert watch.troubles == []


def test_every_kind_is_drawn_from_its_table(open_charts: OpenCharts) -> None:
    page = open_charts(DECIDED, RATES, WAITING, reduced_motion="reduce")
    for chart in (DECIDED, RATES, WAITING):
        figure = page.locator(f"#chart-{chart.key}")
        canvas = figure.get_by_role("img", name=str(chart.caption), exact=True)
        assert len(canvas.evaluate(PIXELS)) > 2
    read = page.evaluate("Object.values(Chart.instances).map(({ data }) => data.datasets.map(({ data }) => data))")
    assert read == [[[4, None, 1200], [1, None, 2]], [[0.42, 1]], [[1.5, 1.5, 1.5], [8, None, 8]]]


def test_the_table_stays_behind_a_fold(open_charts: OpenCharts) -> None:
    page = open_charts(DECIDED)
    expect(page.locator("table")).to_be_hidden()
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("row", name="3 November 1,200 2 1,202")).to_be_visible()


def test_series_are_named_in_text_and_names_are_no_markup(open_charts: OpenCharts) -> None:
    names = open_charts(DECIDED).locator(".chart-legend li")
    assert names.all_inner_texts() == ["Approved", "Rejected <b>"]
    expect(open_charts(RATES).locator(".chart-legend")).to_be_hidden()


def test_colours_follow_the_theme(open_charts: OpenCharts) -> None:
    page = open_charts(DECIDED, color_scheme="light", reduced_motion="reduce")
    canvas = page.locator("canvas")
    light = canvas.evaluate(PIXELS)
    assert "42,138,85" in light
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    dark = canvas.evaluate(PIXELS)
    assert "79,181,124" in dark
    assert "42,138,85" not in dark


def test_who_wants_no_motion_sees_the_end_at_once(open_charts: OpenCharts) -> None:
    canvas = open_charts(DECIDED, reduced_motion="reduce").locator("canvas")
    assert canvas.evaluate(PICTURE) == canvas.evaluate(
        "canvas => new Promise(done => requestAnimationFrame(() => done(canvas.toDataURL())))"
    )
    assert (
        open_charts(DECIDED, reduced_motion="reduce").evaluate("Object.values(Chart.instances)[0].options.animation")
        is False
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_charts_fit_and_are_accessible(open_charts: OpenCharts, language: str) -> None:
    """At 1440 and 390 px, with the tables open, in light and dark."""
    page = open_charts(DECIDED, RATES, WAITING, language=language, reduced_motion="reduce")
    assert look(page) == []
    assert accessibility(page, dark=True) == []
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_function("[...document.querySelectorAll('canvas')].every(({ clientWidth }) => clientWidth < 380)")


def test_a_table_without_rows_draws_nothing(open_charts: OpenCharts) -> None:
    page = open_charts(Chart("none", "line", "count", "Nothing yet", "Day", [Column("Decided")], []))
    expect(page.locator("figcaption")).to_have_text("Nothing yet")
