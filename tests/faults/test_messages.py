"""The broker only rings: messages that are lost or doubled cost no run and double none."""

from __future__ import annotations

import pytest
from django.conf import settings
from redis import Redis

from aigc_portal.jobs.doorbell import ring
from generation.actions.runs import request_run
from generation.models import Brief, GenerationRun
from tests.cast import Cast
from tests.faults.conftest import StartWorker
from tests.faults.sweeping import sweep_until
from tests.faults.toll import Toll, toll_of
from tests.faults.worker import QUEUE
from tests.stories.portal import eventually

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = GenerationRun.objects
MANY = 200
FEW = 20


def succeeded() -> int:
    return RUNS.filter(status="SUCCEEDED").count()


def test_an_emptied_broker_loses_and_doubles_nothing(cast: Cast, brief: Brief, start_worker: StartWorker) -> None:
    for _ in range(MANY):
        request_run(actor=cast.marketer, brief=brief, variants=1)
    start_worker("quick")
    eventually(lambda: succeeded() >= FEW, 20)
    with Redis.from_url(settings.REDIS_URL) as valkey:
        # The database index of this test session alone, and all that its worker and its doorbell keep there.
        valkey.flushdb()
    assert succeeded() < MANY, "most of them still waited"
    sweep_until(lambda: succeeded() == MANY, 60)
    assert set(RUNS.values_list("attempt", flat=True)) == {1}
    assert toll_of(RUNS.all()) == Toll()


def test_the_same_message_a_hundred_times_is_one_generation(
    cast: Cast, brief: Brief, start_worker: StartWorker
) -> None:
    start_worker("steady")
    run = request_run(actor=cast.marketer, brief=brief, variants=2)
    ring("generation.run", QUEUE, [run.pk] * 100)
    eventually(lambda: succeeded() == 1, 20)
    with Redis.from_url(settings.REDIS_URL) as valkey:
        eventually(lambda: not valkey.llen(QUEUE), 10)
    run.refresh_from_db()
    assert run.attempt == 1
    assert toll_of(RUNS.all()) == Toll()
