"""What is counted, from decisions taken as people take them."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aigc_portal.charts import Chart
from review.actions.claims import claim
from review.models import Review
from review.numbers.page import Numbers, numbers_of
from review.numbers.span import Per, Span
from review.numbers.waiting import Open, Waiting
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_model, make_review, without_triggers
from tests.review.numbers.decided import decided, on
from tests.review.quality.judging import gold_review, judge


def october(cast: Cast, per: Per = Per.DAY, language: str = "", first: int = 1, last: int = 31) -> Span:
    return Span(cast.team.pk, date(2026, 10, first), date(2026, 10, last), language, per)


def chart(numbers: Numbers, key: str) -> Chart:
    return next(chart for chart in numbers.charts if chart.key == key)


def shown(numbers: Numbers, key: str) -> dict[str, list[str]]:
    return {str(row.label): [cell.shown for cell in row.cells] for row in chart(numbers, key).rows}


def test_decisions_by_day(cast: Cast) -> None:
    decided(cast, at=on(5))
    decided(cast, at=on(5), correction="Better tea.")
    decided(cast, "changes", at=on(6))
    decided(cast, "reject", at=on(6))
    numbers = numbers_of(october(cast))
    days = shown(numbers, "decided")
    assert len(days) == 31
    assert days["5 Oct 2026"] == ["2", "0", "0", "2"]
    assert days["6 Oct 2026"] == ["0", "1", "1", "2"]
    assert days["7 Oct 2026"] == ["0", "0", "0", "0"]
    assert (numbers.tally.as_written, numbers.tally.corrected, numbers.tally.decided) == (1, 1, 4)
    assert numbers.tally.acceptance == 0.5


def test_decisions_by_week_begin_on_monday(cast: Cast) -> None:
    for day in (4, 5, 11, 12):
        decided(cast, at=on(day))
    weeks = shown(numbers_of(october(cast, Per.WEEK)), "decided")
    assert {week: cells[3] for week, cells in weeks.items()} == {
        "28 Sep 2026": "1",
        "5 Oct 2026": "2",
        "12 Oct 2026": "1",
        "19 Oct 2026": "0",
        "26 Oct 2026": "0",
    }


def test_a_day_is_one_of_the_portal_s_time_zone(cast: Cast) -> None:
    decided(cast, at=on(5, hour=17))  # one o'clock on the 6th
    with timezone.override("Asia/Shanghai"):
        assert shown(numbers_of(october(cast)), "decided")["6 Oct 2026"][3] == "1"
        assert numbers_of(october(cast, last=5)).tally.decided == 0


def test_both_ends_of_the_range_are_inside(cast: Cast) -> None:
    for moment in (on(4, 23), on(5, 0), on(6, 23), on(7, 0)):
        decided(cast, at=moment)
    assert numbers_of(october(cast, first=5, last=6)).tally.decided == 2


def test_waiting_time(cast: Cast) -> None:
    for hours in (1, 2, 3, 4, 11):
        decided(cast, at=on(5), waited=timedelta(hours=hours))
    numbers = numbers_of(october(cast))
    # Between the 4 h and the 11 h that lie at 75 % and 100 %, three fifths of the way.
    assert numbers.waiting == Waiting(half=3 * 3600, nine_of_ten=29_520)
    assert shown(numbers, "waiting")["5 Oct 2026"] == ["3.0 h", "8.2 h"]
    assert shown(numbers, "waiting")["6 Oct 2026"] == ["–", "–"]


def test_acceptance_by_language_model_and_prompt(cast: Cast) -> None:
    old, new = make_model("Old model"), make_model("New model", alias=None)
    decided(cast, at=on(5), model=old)
    decided(cast, "reject", at=on(5), model=old)
    decided(cast, at=on(6), model=new, language="zh", correction="Better tea.")
    numbers = numbers_of(october(cast))
    assert shown(numbers, "by-model") == {"Old model": ["50%", "0", "2"], "New model": ["100%", "1", "1"]}
    assert shown(numbers, "by-language") == {"English": ["50%", "0", "2"], "Chinese": ["100%", "1", "1"]}
    assert shown(numbers, "by-prompt") == {"Social post": ["67%", "1", "3"]}
    over_time = chart(numbers, "model-over-time")
    assert [str(column.label) for column in over_time.columns if column.drawn] == ["Old model", "New model"]
    decided(cast, at=on(14), model=new)
    weeks = shown(numbers_of(october(cast)), "model-over-time")
    assert weeks["5 Oct 2026"] == ["50%", "2", "100%", "1"]
    assert weeks["12 Oct 2026"] == ["–", "0", "100%", "1"]


def test_only_the_chosen_language_counts(cast: Cast) -> None:
    decided(cast, at=on(5))
    decided(cast, at=on(5), language="zh")
    numbers = numbers_of(october(cast, language="zh"))
    assert numbers.tally.decided == 1
    assert list(shown(numbers, "by-language")) == ["Chinese"]


def test_known_answers_and_other_teams_do_not_count(cast: Cast) -> None:
    review = decided(cast, "reject", at=on(5))
    gold = gold_review(cast, review.draft, cast.second_reviewer)
    judge(cast.second_reviewer, gold, "reject")
    with without_triggers():
        Review.for_reviewers.filter(pk=gold.pk).update(decided_at=on(5))
    assert numbers_of(october(cast)).tally.decided == 1
    other = numbers_of(Span(cast.other_team.pk, date(2026, 10, 1), date(2026, 10, 31), "", Per.DAY))
    assert (other.tally.decided, other.charts, other.open) == (0, [], Open(0, 0))


def test_what_is_open_now(cast: Cast) -> None:
    for overdue in (True, False, False):
        review = make_review(make_draft(make_brief(cast.marketer, cast.team)))
        if overdue:
            Review.objects.filter(pk=review.pk).update(due_at=timezone.now() - timedelta(hours=1))
    assert numbers_of(october(cast)).open == Open(waiting=3, overdue=1)
    assert numbers_of(october(cast, language="zh")).open == Open(waiting=0, overdue=0)


def test_open_texts_with_a_known_answer_are_not_counted(cast: Cast) -> None:
    """They are due in the moment in which they are made here."""
    draft = decided(cast, "reject", at=on(5)).draft
    for reviewer in (cast.second_reviewer, cast.third_reviewer):
        gold_review(cast, draft, reviewer)
    waiting = make_review(make_draft(make_brief(cast.marketer, cast.team)))
    assert Review.for_reviewers.open().count() == 3
    assert numbers_of(october(cast)).open == Open(waiting=1, overdue=0)
    assert numbers_of(october(cast, language="zh")).open == Open(waiting=0, overdue=0)
    claim(actor=cast.reviewer, review=waiting)
    assert numbers_of(october(cast)).open == Open(waiting=1, overdue=0)


def test_weeks_are_cut_at_both_ends_of_the_range(cast: Cast) -> None:
    """The 7th is a Wednesday: what was decided before it, in the same week, is not waited for either."""
    for day, hours in ((6, 90), (7, 1), (8, 3), (9, 90)):
        decided(cast, at=on(day), waited=timedelta(hours=hours))
    numbers = numbers_of(october(cast, Per.WEEK, first=7, last=8))
    assert numbers.waiting.half == 2 * 3600
    assert shown(numbers, "waiting") == {"5 Oct 2026": ["2.0 h", "2.8 h"]}


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            numbers_of(october(cast))
        return len(context)

    decided(cast, at=on(5), model=make_model("Old model"))
    few = queries()
    decided(cast, at=on(6), model=make_model("New model", alias=None))
    decided(cast, "reject", at=on(7), language="zh")
    assert queries() == few == 6
