"""Claim, heartbeat, fence and finish of a leased job."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import Error, connection
from django.db.models import F
from django.db.models.functions import Now

from aigc_portal.audit.transitions import StaleState, transition
from aigc_portal.jobs.models import LEASE, MAX_ATTEMPTS, JobStatus, LeasedJob

logger = logging.getLogger(__name__)

J = TypeVar("J", bound=LeasedJob)
RENEW_SECONDS = 10.0
WATCH_SECONDS = 0.5


class Lease:
    """A held lease. `lost` is set when the row was cancelled, taken back or finished by somebody else."""

    def __init__(self, job: LeasedJob) -> None:
        self.job = job
        self.token = job.lease_token  # the row that is read anew may have another worker's
        self.lost = threading.Event()
        self._done = threading.Event()

    @property
    def fence(self) -> dict[str, Any]:
        """What every write of this worker must match."""
        return {"lease_token": self.token}

    def finish(self, to: str, **changes: Any) -> None:
        """Close the job; StaleState where the lease is not ours any more."""
        transition(self.job, to, actor=None, where=self.fence, finished_at=Now(), lease_until=None, **changes)

    def _still_ours(self, renew: bool) -> bool:
        rows = type(self.job)._default_manager.filter(pk=self.job.pk, status=JobStatus.RUNNING, **self.fence)
        return bool(rows.update(lease_until=Now() + LEASE)) if renew else rows.exists()

    def _watch(self) -> None:
        """Look twice a second whether the job is still ours; renew the lease every ten seconds."""
        waited = 0.0
        while not self._done.wait(WATCH_SECONDS):
            waited += WATCH_SECONDS
            renew = waited >= RENEW_SECONDS
            try:
                ours = self._still_ours(renew)
            except Error:
                logger.warning("heartbeat of %s %s missed", self.job._meta.label, self.job.pk)
                continue
            finally:
                connection.close()  # a process may watch more leases than it has connections
            if renew:
                waited = 0.0
            if not ours:
                self.lost.set()
                return


def claim(model: type[J], pk: int) -> J | None:
    """Take a queued job, or None where it is gone, claimed already or closed."""
    job = model._default_manager.filter(pk=pk, status=JobStatus.QUEUED).first()
    if job is None:
        return None
    try:
        transition(
            job,
            JobStatus.RUNNING,
            actor=None,
            where={"attempt": job.attempt},
            attempt=F("attempt") + 1,
            lease_token=uuid.uuid4(),
            lease_until=Now() + LEASE,
            started_at=Now(),
        )
    except StaleState:
        return None
    return job


@contextmanager
def held(job: LeasedJob) -> Iterator[Lease]:
    """Keep the lease alive while the block runs."""
    lease = Lease(job)
    watcher = threading.Thread(target=lease._watch, name=f"lease-{job._meta.model_name}-{job.pk}", daemon=True)
    watcher.start()
    try:
        yield lease
    finally:
        lease._done.set()
        watcher.join()


def take_back(job: LeasedJob) -> None:
    """Requeue a job whose lease expired; after three attempts it fails with its reason."""
    expired = {"lease_token": job.lease_token, "lease_until__lt": Now()}
    if job.attempt < MAX_ATTEMPTS:
        transition(job, JobStatus.QUEUED, actor=None, where=expired, lease_token=None, lease_until=None, rung_at=None)
        return
    transition(
        job,
        JobStatus.FAILED,
        actor=None,
        where=expired,
        lease_until=None,
        finished_at=Now(),
        error_code="worker_lost",
        error=f"The worker stopped in each of {MAX_ATTEMPTS} attempts.",
    )


def give_back(lease: Lease) -> None:
    """Requeue a job that this worker holds but cannot finish, for no fault of the job. That is no failed attempt."""
    transition(
        lease.job,
        JobStatus.QUEUED,
        actor=None,
        where=lease.fence,
        attempt=F("attempt") - 1,
        lease_token=None,
        lease_until=None,
        rung_at=None,
    )
