"""Long work whose truth is a row: claimed by a lease, renewed by a heartbeat, fenced by a token."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from aigc_portal.audit.transitions import StatefulModel
from aigc_portal.audit.triggers import Firm, final_once, fixed, no_delete, no_truncate

LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 3


class JobStatus(models.TextChoices):
    QUEUED = "QUEUED", _("Queued")
    RUNNING = "RUNNING", _("Running")
    SUCCEEDED = "SUCCEEDED", _("Succeeded")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")


class LeasedJob(StatefulModel):
    """One piece of long work. A subclass names its Celery task, and its queue where that is another one.

    `attempt` counts claims; `rung_at` is when the doorbell last rang for it. All times are the database's.
    """

    Status = JobStatus
    TASK: ClassVar[str] = ""
    TRANSITIONS = {
        JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.CANCELLED}),
        JobStatus.RUNNING: frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.QUEUED}),
    }

    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    queued_at = models.DateTimeField(db_default=Now())
    rung_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)

    class Meta(StatefulModel.Meta):
        abstract = True

    @property
    def queue(self) -> str:
        """The Celery queue whose workers can do it. It follows from columns of the row, the same ones for every row."""
        return "default"

    @property
    def is_open(self) -> bool:
        return self.status in (JobStatus.QUEUED, JobStatus.RUNNING)


def job_triggers(*inputs: str) -> list[Firm]:
    """What PostgreSQL holds of every kind of job: a closed one is final, and its inputs never change."""
    closed = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED)
    return [final_once(*closed), fixed("team", "requested_by", *inputs), no_delete(), no_truncate()]
