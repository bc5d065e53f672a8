"""A worker that stops (SIGSTOP) and comes back (SIGCONT) after another has taken its run over changes nothing."""

from __future__ import annotations

import signal

import pytest

from generation.actions.runs import request_run
from generation.engine.fake import FakeEngine
from generation.fair_order import claim_fairest
from generation.models import Brief, Draft, GenerationRun
from generation.pipeline import execute
from tests.cast import Cast
from tests.faults.conftest import StartWorker
from tests.faults.sweeping import let_leases_run_out
from tests.faults.toll import Toll, toll_of
from tests.faults.worker import QUEUE
from tests.stories.portal import eventually

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = GenerationRun.objects


def test_what_it_writes_late_changes_no_row(cast: Cast, brief: Brief, start_worker: StartWorker) -> None:
    zombie = start_worker("steady")
    run = request_run(actor=cast.marketer, brief=brief, variants=2)
    eventually(lambda: RUNS.filter(status="RUNNING").exists(), 10)
    zombie.send(signal.SIGSTOP)
    let_leases_run_out()
    write_in_its_place(run)
    rows = list(RUNS.values()), list(Draft.objects.order_by("pk").values())
    zombie.send(signal.SIGCONT)
    eventually(lambda: f"run {run.pk} was cancelled or taken over" in zombie.log, 10)
    assert (list(RUNS.values()), list(Draft.objects.order_by("pk").values())) == rows
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("SUCCEEDED", 2)
    assert toll_of(RUNS.all()) == Toll()


def write_in_its_place(run: GenerationRun) -> None:
    """As another worker would."""
    claimed = claim_fairest(QUEUE)
    assert claimed == run
    execute(claimed, FakeEngine(model="another"))
