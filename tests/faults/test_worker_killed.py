"""A worker that dies by SIGKILL costs an attempt: no run, no draft twice, and every step is in the log."""

from __future__ import annotations

import time
from random import Random

import pytest
from django.db import connection, transaction

from generation.actions.runs import request_run
from generation.fair_order import OPEN
from generation.models import Brief, GenerationRun
from tests.cast import Cast
from tests.factories import VALUES, make_brief
from tests.faults.conftest import StartWorker
from tests.faults.engines import POISON
from tests.faults.sweeping import let_leases_run_out, sweep_until
from tests.faults.toll import REQUESTED, Toll, events_of, toll_of
from tests.faults.worker import SLOTS, Worker
from tests.stories.portal import eventually

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = GenerationRun.objects
LOST = ["run.running", "run.queued"]
SEED = 20250101


def all_succeeded() -> bool:
    return not RUNS.exclude(status="SUCCEEDED").exists()


def test_every_run_in_flight_is_written_again(cast: Cast, brief: Brief, start_worker: StartWorker) -> None:
    worker = start_worker("slow")
    runs = [request_run(actor=cast.marketer, brief=brief, variants=1) for _ in range(SLOTS)]
    eventually(lambda: RUNS.filter(status="RUNNING").count() == SLOTS, 10)
    time.sleep(Random(SEED).uniform(0, 0.3))
    worker.kill()
    assert RUNS.filter(status="RUNNING").count() == SLOTS, "they were all in flight"
    let_leases_run_out()
    start_worker("quick")
    sweep_until(all_succeeded, 20)
    assert toll_of(RUNS.all()) == Toll()
    assert set(RUNS.values_list("attempt", flat=True)) == {2}
    assert {tuple(events_of(run)) for run in runs} == {(REQUESTED, *LOST, "run.running", "run.succeeded")}


def test_between_the_last_token_and_the_commit(cast: Cast, brief: Brief, start_worker: StartWorker) -> None:
    """The worker has closed the run and writes its drafts when it dies: it waits for a lock on their table."""
    worker = start_worker("steady")
    run = request_run(actor=cast.marketer, brief=brief, variants=2)
    eventually(lambda: RUNS.filter(status="RUNNING").exists(), 10)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE generation_draft IN SHARE MODE")
        eventually(somebody_waits_for_a_lock, 10)
        worker.kill()
    run.refresh_from_db()
    assert (run.status, run.attempt, run.drafts.count()) == ("RUNNING", 1, 0), "nothing of it was committed"
    let_leases_run_out()
    start_worker("quick")
    sweep_until(all_succeeded, 20)
    run.refresh_from_db()
    assert (run.attempt, run.drafts.count()) == (2, 2)
    assert toll_of(RUNS.all()) == Toll()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def test_a_prompt_that_kills_the_worker_fails_and_the_others_are_written(
    cast: Cast, brief: Brief, start_worker: StartWorker
) -> None:
    poisoned = make_brief(cast.second_marketer, cast.team)
    Brief.objects.filter(pk=poisoned.pk).update(values=VALUES | {"topic": POISON})
    poisoned.refresh_from_db()
    poison = request_run(actor=cast.second_marketer, brief=poisoned, variants=1)
    for _ in range(4):
        request_run(actor=cast.marketer, brief=brief, variants=1)
    others = RUNS.exclude(pk=poison.pk)
    for _attempt in range(3):
        until_it_dies(start_worker("fragile"))
    poison.refresh_from_db()
    assert (poison.status, poison.attempt, poison.error_code) == ("FAILED", 3, "worker_lost")
    start_worker("fragile")
    sweep_until(lambda: not others.filter(status__in=OPEN).exists(), 20)
    assert toll_of(others) == Toll()


def until_it_dies(worker: Worker) -> None:
    sweep_until(lambda: worker.pid is None, 20)
    let_leases_run_out()
