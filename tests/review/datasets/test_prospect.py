from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from review.datasets.actions import create_export
from review.datasets.models import DatasetType
from review.datasets.plan import plan_rows
from review.datasets.prospect import may_give_rows
from review.datasets.selection import Selection
from tests.cast import Cast
from tests.review.datasets.desk import Desk


def approve(desk: Desk) -> None:
    desk.approve(desk.draft("Good."))


def correct(desk: Desk) -> None:
    desk.approve(desk.draft("Almost."), corrected="Right.")


def reject(desk: Desk) -> None:
    desk.reject(desk.draft("Bad."))


def revise(desk: Desk) -> None:
    draft = desk.draft("Half.")
    desk.ask_for_changes(draft)
    desk.approve(desk.edit(draft, "Whole."))


def ask_for_changes(desk: Desk) -> None:
    desk.ask_for_changes(desk.draft("Half."))


def nothing(desk: Desk) -> None:
    """Nobody decides."""


def tell_apart(desk: Desk) -> None:
    approve(desk)
    reject(desk)


@pytest.mark.parametrize("type", DatasetType.values)
@pytest.mark.parametrize(
    "decide",
    [approve, correct, reject, revise, ask_for_changes, tell_apart, lambda desk: None],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("consent", [True, False])
def test_agrees_with_the_plan(cast: Cast, type: str, decide: Callable[[Desk], None], consent: bool) -> None:
    decide(Desk(cast, consent=consent))
    selection = Selection(cast.team.pk)
    assert may_give_rows(type, selection) == bool(plan_rows(type, selection))


def test_texts_of_two_briefs_make_no_pair(cast: Cast) -> None:
    approve(Desk(cast))
    reject(Desk(cast, title="Autumn tea"))
    assert not may_give_rows("preference", Selection(cast.team.pk))


@pytest.mark.parametrize("type", DatasetType.values)
def test_asking_for_an_export_reads_no_decision(cast: Cast, type: str) -> None:
    tell_apart(Desk(cast))
    with CaptureQueriesContext(connection) as captured:
        create_export(actor=cast.engineer, type=type, selection=Selection(cast.team.pk))
    asked = [query["sql"] for query in captured if 'FROM "review_review"' in query["sql"]]
    assert len(asked) == 1
    assert asked[0].endswith("LIMIT 1")
    assert not any('FROM "generation_generationrun"' in query["sql"] for query in captured)
