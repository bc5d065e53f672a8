from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate
from hypothesis import given
from hypothesis import strategies as st

from generation.actions.prompts import create_prompt
from generation.seeds.prompts import PROMPTS
from review.datasets.models import DatasetExport
from review.datasets.plan import plan_rows
from review.datasets.selection import Selection
from tests.cast import Cast
from tests.review.datasets.desk import Desk


def count(cast: Cast, **filters: object) -> int:
    return len(Desk.rows_of(cast.team.pk, "prompt-completion", **filters))


def test_period_includes_both_days(cast: Cast) -> None:
    desk = Desk(cast)
    review = desk.approve(desk.draft("Good."))
    day = localdate(review.decided_at)
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    assert count(cast, decided_from=day, decided_to=day) == 1
    assert count(cast, decided_from=before, decided_to=before) == 0
    assert count(cast, decided_from=after) == 0
    assert count(cast, decided_to=before) == 0
    assert count(cast, decided_from=before) == 1


def test_both_reviews_of_a_pair_must_be_selected(cast: Cast) -> None:
    desk = Desk(cast)
    desk.reject(desk.draft("Bad."))
    desk.approve(desk.draft("Good."))
    tomorrow = localdate() + timedelta(days=2)
    assert len(desk.rows("preference")) == 1
    assert desk.rows("preference", decided_from=tomorrow) == []


def test_language_and_prompt(cast: Cast) -> None:
    desk = Desk(cast)
    desk.approve(desk.draft("Good."))
    prompt = desk.brief.prompt_version.prompt
    other = create_prompt(actor=None, team=cast.team, **next(p for p in PROMPTS if p["language"] == "zh")).prompt
    assert count(cast, language="en", prompt_id=prompt.pk) == 1
    assert count(cast, language="zh") == 0
    assert count(cast, prompt_id=other.pk) == 0


def test_other_teams_never_count(cast: Cast) -> None:
    desk = Desk(cast)
    desk.approve(desk.draft("Good."))
    assert Desk.rows_of(cast.other_team.pk, "prompt-completion") == []


def test_queries_do_not_grow_with_the_rows(cast: Cast) -> None:
    desk = Desk(cast)
    desk.approve(desk.draft("Good."))
    desk.reject(desk.draft("Bad."))
    selection = Selection(cast.team.pk)
    with CaptureQueriesContext(connection) as few:
        plan_rows("preference", selection)
    for number in range(4):
        other = Desk(cast, title=f"Brief {number}")
        other.approve(other.draft("Good."), corrected="Better.")
        other.reject(other.draft("Bad."))
    with CaptureQueriesContext(connection) as many:
        assert len(plan_rows("preference", selection)) == 9
    assert len(few) == len(many) == 3


@given(
    st.builds(
        Selection,
        team_id=st.just(3),
        decided_from=st.none() | st.dates(),
        decided_to=st.none() | st.dates(),
        language=st.sampled_from(["", "en", "zh"]),
        prompt_id=st.none() | st.integers(1),
    )
)
def test_filters_are_kept_whole(selection: Selection) -> None:
    assert Selection.of(DatasetExport(team_id=3, filters=selection.filters())) == selection
