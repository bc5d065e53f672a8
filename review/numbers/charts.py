"""The numbers as charts: each is a table of the same figures."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from aigc_portal.charts import Cell as Number
from aigc_portal.charts import Chart, Column, Row, Unit
from review.numbers.decisions import Dimension, Names, by_week
from review.numbers.span import Per, Span
from review.numbers.tallies import Tally, total
from review.numbers.waiting import Waiting
from review.templatetags.measures import grouped, percent, short_time

SHOWN_LINES = 5
SHOWN_BARS = 20
MINUTE, HOUR = 60, 3600
LONG_IN_MINUTES = 2 * HOUR


def throughput(span: Span, tallies: dict[date, Tally]) -> Chart:
    columns = [
        Column(_("Approved"), "good"),
        Column(_("Changes requested"), "warn"),
        Column(_("Rejected"), "bad"),
        Column(_("Decided"), drawn=False),
    ]
    found = ((bucket, tallies.get(bucket, Tally())) for bucket in span.buckets())
    rows = [
        row(bucket, [count(n) for n in (one.accepted, one.changes_requested, one.rejected, one.decided)])
        for bucket, one in found
    ]
    caption = _("Decided a day") if span.per == Per.DAY else _("Decided a week")
    return Chart("decided", "stacked", "count", caption, heading(span), columns, rows)


def waiting(span: Span, waits: dict[date, Waiting]) -> Chart:
    columns = [Column(_("Half of the texts")), Column(_("Nine of ten"))]
    found = ((bucket, waits.get(bucket, Waiting())) for bucket in span.buckets())
    longest = max((one.nine_of_ten or 0 for one in waits.values()), default=0)
    unit: Unit = "minute" if longest < LONG_IN_MINUTES else "hour"
    seconds = MINUTE if unit == "minute" else HOUR
    rows = [row(bucket, [time(one.half, seconds), time(one.nine_of_ten, seconds)]) for bucket, one in found]
    note = _("Within this time after submission they were decided.")
    return Chart("waiting", "line", unit, _("Waiting time"), heading(span), columns, rows, note)


def compared(dimension: Dimension, tallies: dict[Hashable, dict[date, Tally]], names: Names) -> Chart:
    """Share of accepted texts over the whole span."""
    captions: dict[Dimension, tuple[str, str]] = {
        "language": (_("Accepted, by language"), _("Language")),
        "model": (_("Accepted, by model"), pgettext("of a text", "Model")),
        "prompt": (_("Accepted, by prompt"), _("Prompt")),
    }
    columns = [
        Column(_("Accepted")),
        Column(_("of them after a correction"), drawn=False),
        Column(_("Decided"), drawn=False),
    ]
    rows = []
    for key, by_bucket in list(tallies.items())[:SHOWN_BARS]:
        one = total(by_bucket.values())
        rows.append(Row(names.of(dimension, key), [share(one), count(one.corrected), count(one.decided)]))
    caption, head = captions[dimension]
    note = most_decided(SHOWN_BARS) if len(tallies) > SHOWN_BARS else ""
    return Chart(f"by-{dimension}", "bar", "percent", caption, head, columns, rows, note)


def over_time(dimension: Dimension, span: Span, tallies: dict[Hashable, dict[date, Tally]], names: Names) -> Chart:
    """By the week whatever the span: the share of a few texts a day says nothing."""
    captions: dict[Dimension, str] = {
        "language": _("Accepted over time, by language"),
        "model": _("Accepted over time, by model"),
        "prompt": _("Accepted over time, by prompt"),
    }
    weekly = replace(span, per=Per.WEEK)
    shown = list(tallies.items())[:SHOWN_LINES]
    columns = []
    for key, _by_bucket in shown:
        name = names.of(dimension, key)
        columns += [Column(name), Column(_("%(name)s: decided") % {"name": name}, drawn=False)]
    lines = [by_week(by_bucket) for _key, by_bucket in shown]
    rows = []
    for week in weekly.buckets():
        found = [line.get(week, Tally()) for line in lines]
        rows.append(row(week, [cell for one in found for cell in (share(one), count(one.decided))]))
    note = most_decided(SHOWN_LINES) if len(tallies) > SHOWN_LINES else ""
    return Chart(f"{dimension}-over-time", "line", "percent", captions[dimension], heading(weekly), columns, rows, note)


def most_decided(shown: int) -> str:
    return _("The %(n)s with the most decisions.") % {"n": shown}


def heading(span: Span) -> str:
    return _("Day") if span.per == Per.DAY else _("Week from")


def row(bucket: date, cells: list[Number]) -> Row:
    # Translators: a day without its year on the axis of a chart, in Django's date format.
    on_axis = pgettext("day on an axis", "j M")
    return Row(date_format(bucket, "SHORT_DATE_FORMAT"), cells, date_format(bucket, on_axis))


def count(number: int) -> Number:
    return Number(number, grouped(number))


def share(tally: Tally) -> Number:
    value = tally.acceptance
    return Number(None if value is None else round(value, 4), percent(value))


def time(seconds: float | None, unit: int) -> Number:
    return Number(None if seconds is None else round(seconds / unit, 3), short_time(seconds))
