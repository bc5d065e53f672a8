"""Where a run stands in its queue, and when it will start: what is foreseen is what happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from redis.exceptions import ConnectionError

from generation import engine_status, queue_place
from generation.engine_status import EngineStatus
from generation.fair_order import Waiting, claim_fairest
from generation.models import Brief, GenerationRun, TokenCounter
from generation.queue_pace import Pace, pace_of
from generation.queue_place import QueuePlace, QueuePlaces, place_of, places_of, starts
from generation.served_models import read_reference
from tests.cast import Cast
from tests.factories import make_brief, make_run, without_triggers

QUEUE = read_reference("small").queue


@pytest.fixture(autouse=True)
def _two_models(settings: Settings) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "small", ["large@http://localhost:9/v1"]


@pytest.fixture
def brief(cast: Cast) -> Brief:
    return make_brief(cast.marketer, cast.team)


def make(brief: Brief, status: str = "QUEUED", tokens: int = 100, **fields: Any) -> GenerationRun:
    run = make_run(brief, status=status)
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(token_estimate=tokens, **fields)
    run.refresh_from_db()
    return run


def tell_worker(**told: Any) -> None:
    engine_status.report(EngineStatus("ready", worker="w1", queue=QUEUE, **told))


def test_runs_ahead_are_those_that_are_claimed_first(cast: Cast, brief: Brief) -> None:
    random = Random(3)
    users = [cast.marketer, cast.second_marketer, cast.admin]
    TokenCounter.objects.create(user=cast.admin, queue=QUEUE, tokens=700)
    runs = [make(brief, tokens=random.randrange(50, 900), requested_by=random.choice(users)) for _ in range(20)]
    places = places_of(runs)
    assert sorted(place.ahead for place in places.values()) == list(range(20))
    for ahead in range(20):
        run = claim_fairest(QUEUE)
        assert run is not None
        assert places[run.pk].ahead == ahead


def test_somebody_elses_many_runs_are_not_ahead(cast: Cast, brief: Brief) -> None:
    for _ in range(10):
        make(brief)
    light = make(brief, requested_by=cast.second_marketer)
    place = place_of(light)
    assert place is not None
    assert place.ahead == 1


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"])
def test_only_what_waits_has_a_place(brief: Brief, status: str) -> None:
    run = make(brief, status)
    assert place_of(run) is None
    assert places_of([run]) == {}


def test_each_model_has_its_own_line(brief: Brief) -> None:
    make(brief)
    large = make(brief, model_name="large")
    assert place_of(large) == QueuePlace(0, None)


def line_of(count: int, tokens: int = 100) -> list[Waiting]:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [Waiting(pk, 1, start, tokens, variants=2) for pk in range(count)]


def test_a_run_starts_when_one_before_it_ends() -> None:
    """Two are written side by side at 10 tokens a second each; one has 5 s to go, the other 2 s."""
    running = [(100, 5.0), (100, 8.0)]
    assert list(starts(line_of(4), running, Pace(together=20.0))) == [2.0, 5.0, 12.0, 15.0]


def test_what_takes_longer_than_foreseen_ends_any_moment() -> None:
    assert list(starts(line_of(2), [(100, 60.0)], Pace(together=10.0))) == [0.0, 10.0]


def test_free_slots_are_filled_at_once() -> None:
    pace = Pace(together=10.0, is_served=True, free_slots=5)
    assert list(starts(line_of(4), [(100, 0.0)], pace)) == [0.0, 0.0, 10.0, 10.0]


def test_less_is_written_than_was_estimated() -> None:
    assert list(starts(line_of(2), [(100, 0.0)], Pace(together=10.0, written=0.25))) == [2.5, 5.0]


def test_without_a_worker_nobody_knows() -> None:
    assert list(starts(line_of(2), [], Pace(alone=10.0))) == [None, None]
    assert list(starts(line_of(2), [(100, 0.0)], Pace())) == [None, None]
    assert list(starts(line_of(2), [], Pace(alone=10.0, is_served=True))) == [0.0, 10.0]


def test_the_pace_is_measured(brief: Brief) -> None:
    assert pace_of(QUEUE) == Pace()
    make(brief, "SUCCEEDED", 0, completion_tokens=60, seconds=3.0)  # from before runs were estimated
    make(brief, "SUCCEEDED", 400, completion_tokens=100, seconds=5.0)
    make(brief, "SUCCEEDED", 400, completion_tokens=999, seconds=1.0, model_name="large")
    make(brief, "FAILED", 400)
    assert pace_of(QUEUE) == Pace(alone=20.0, written=0.25)
    tell_worker(tokens_per_second=50.0, slots=8, slots_in_use=5, waiting=1)
    engine_status.report(
        EngineStatus("ready", worker="w2", queue=QUEUE, tokens_per_second=30.0, slots=8, draining=True)
    )
    engine_status.report(
        EngineStatus("ready", worker="w3", queue=read_reference("large").queue, tokens_per_second=9.0, slots=4)
    )
    assert pace_of(QUEUE) == Pace(together=80.0, alone=20.0, written=0.25, is_served=True, free_slots=2)


def test_seconds_are_foreseen_from_the_running_ones(brief: Brief) -> None:
    tell_worker(tokens_per_second=10.0, slots=1, slots_in_use=1)
    make(brief, "RUNNING", 300, started_at=Now() - timedelta(seconds=10))
    first, second = make(brief, tokens=50), make(brief, tokens=50)
    places = places_of([first, second])
    assert [round(places[run.pk].seconds or 0) for run in (first, second)] == [20, 25]


def test_many_watchers_cost_few_queries(brief: Brief) -> None:
    runs = [make(brief) for _ in range(5)]
    with CaptureQueriesContext(connection) as captured:
        for _ in range(40):
            for run in runs:
                place_of(run)
    assert len(captured) == 4


def test_a_run_that_is_newer_than_the_kept_look_is_looked_for(brief: Brief) -> None:
    first = make(brief)
    place_of(first)
    second = make(brief)
    assert place_of(second) == QueuePlace(1, None)


def test_one_that_was_claimed_since_is_next(brief: Brief) -> None:
    run, other = make(brief), make(brief)
    assert claim_fairest(QUEUE) == run
    place = place_of(run)
    assert place == QueuePlace(0, 0.0), "the page's object is older than the claim"
    assert place_of(other) == QueuePlace(0, None)


def test_very_long_lines_are_counted_up_to_a_point(cast: Cast, brief: Brief, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_place, "MOST_RUNS", 5)
    tell_worker(tokens_per_second=10.0)
    heavy = [make(brief) for _ in range(10)]
    light = make(brief, requested_by=cast.second_marketer)
    places = places_of([*heavy, light])
    assert places[heavy[-1].pk] == QueuePlace(5, None)
    assert places[light.pk].ahead == 1, "nobody's many runs hide somebody else's only one"


def test_a_run_of_a_lost_worker_is_not_charged_again(cast: Cast, brief: Brief) -> None:
    taken_back = make(brief, tokens=5000, attempt=1)
    next_one = make(brief)
    other = make(brief, requested_by=cast.second_marketer, tokens=50)
    places = places_of([taken_back, next_one, other])
    assert [places[run.pk].ahead for run in (taken_back, next_one, other)] == [0, 1, 2]


def test_a_broker_that_is_away_costs_the_estimate_alone(brief: Brief, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no route to the broker")

    runs = [make(brief), make(brief)]
    monkeypatch.setattr(engine_status, "fresh", away)
    places = QueuePlaces()
    with CaptureQueriesContext(connection) as captured:
        assert [places.of(run) for run in runs] == [QueuePlace(0, None), QueuePlace(1, None)]
    assert len(captured) == 4
