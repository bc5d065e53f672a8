from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import Error, InterfaceError, OperationalError
from django.db.models.functions import Now

from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.jobs import leases
from aigc_portal.jobs.leases import Lease, claim, give_back, held, take_back
from aigc_portal.jobs.sweeper import take_back_expired
from generation.models import GenerationRun
from tests.cast import Cast
from tests.factories import make_brief, make_run


@pytest.fixture
def run(cast: Cast) -> GenerationRun:
    return make_run(make_brief(cast.marketer, cast.team), status="QUEUED")


def expire(run: GenerationRun) -> None:
    GenerationRun.objects.filter(pk=run.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_a_claim_counts_the_attempt_and_writes_an_event(run: GenerationRun) -> None:
    job = claim(GenerationRun, run.pk)
    assert job is not None
    assert (job.status, job.attempt) == ("RUNNING", 1)
    assert job.lease_token is not None
    event = AuditEvent.objects.about(run).first()
    assert event is not None
    assert (event.action, event.actor) == ("run.running", None)
    assert event.data["before"] == {"status": "QUEUED"}


def test_a_job_is_claimed_once(run: GenerationRun) -> None:
    assert claim(GenerationRun, run.pk) is not None
    assert claim(GenerationRun, run.pk) is None


def test_a_vanished_job_is_no_error(db: None) -> None:
    assert claim(GenerationRun, 999_999) is None


def test_a_finished_lease_is_closed(run: GenerationRun) -> None:
    job = claim(GenerationRun, run.pk)
    assert job is not None
    Lease(job).finish("SUCCEEDED", seconds=1.0)
    run.refresh_from_db()
    assert (run.status, run.seconds, run.lease_until) == ("SUCCEEDED", 1.0, None)
    assert run.finished_at is not None


def test_a_zombie_changes_nothing(run: GenerationRun) -> None:
    """The worker slept past its lease; somebody else has the job now."""
    zombie = claim(GenerationRun, run.pk)
    assert zombie is not None
    expire(run)
    assert take_back_expired(GenerationRun) == 1
    second = claim(GenerationRun, run.pk)
    assert second is not None
    with pytest.raises(StaleState):
        Lease(zombie).finish("SUCCEEDED", seconds=9.0)
    run.refresh_from_db()
    assert (run.status, run.attempt, run.seconds) == ("RUNNING", 2, None)
    assert run.lease_token == second.lease_token


def test_a_live_lease_is_not_taken_back(run: GenerationRun) -> None:
    job = claim(GenerationRun, run.pk)
    assert job is not None
    assert take_back_expired(GenerationRun) == 0
    with pytest.raises(StaleState):
        take_back(job)


def test_the_third_lost_worker_fails_the_job(run: GenerationRun) -> None:
    for _attempt in range(3):
        assert claim(GenerationRun, run.pk) is not None
        expire(run)
        take_back_expired(GenerationRun)
    run.refresh_from_db()
    assert (run.status, run.attempt, run.error_code) == ("FAILED", 3, "worker_lost")


def test_a_given_back_job_is_queued_again(run: GenerationRun) -> None:
    job = claim(GenerationRun, run.pk)
    assert job is not None
    give_back(Lease(job))
    run.refresh_from_db()
    assert (run.status, run.attempt, run.lease_token) == ("QUEUED", 0, None), "giving back is no failed attempt"


def test_heartbeat_renews_only_its_own_lease(run: GenerationRun) -> None:
    job = claim(GenerationRun, run.pk)
    assert job is not None
    expire(run)
    assert Lease(job)._still_ours(renew=True)
    run.refresh_from_db()
    assert take_back_expired(GenerationRun) == 0
    job.lease_token = uuid.uuid4()
    assert not Lease(job)._still_ours(renew=True)


@pytest.mark.parametrize("trouble", [OperationalError, InterfaceError])
def test_the_heartbeat_outlives_a_database_that_is_away(
    run: GenerationRun, monkeypatch: pytest.MonkeyPatch, trouble: type[Error]
) -> None:
    looks: list[bool] = []

    def look(lease: Lease, renew: bool) -> bool:
        looks.append(renew)
        if len(looks) == 1:
            raise trouble
        return False

    monkeypatch.setattr(leases, "WATCH_SECONDS", 0.01)
    monkeypatch.setattr(Lease, "_still_ours", look)
    with held(run) as lease:
        assert lease.lost.wait(5)
    assert len(looks) == 2


def test_a_lease_keeps_its_own_token_when_the_row_is_read_anew(run: GenerationRun) -> None:
    job = claim(GenerationRun, run.pk)
    assert job is not None
    lease = Lease(job)
    expire(run)
    take_back_expired(GenerationRun)
    run.refresh_from_db()
    assert claim(GenerationRun, run.pk) is not None
    job.refresh_from_db()
    with pytest.raises(StaleState):
        lease.finish("SUCCEEDED")
