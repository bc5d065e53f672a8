"""Ring again for what is queued, take back what expired: the broker and any worker may die at any time."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta

from django.apps import apps
from django.db.models import Count, Q
from django.db.models.functions import Coalesce, Now

from aigc_portal.audit.transitions import StaleState
from aigc_portal.celery import app
from aigc_portal.jobs.doorbell import BROKER_ERRORS, TIMEOUTS, ring
from aigc_portal.jobs.leases import take_back
from aigc_portal.jobs.models import JobStatus, LeasedJob

logger = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=3)
MOST_RINGS = 2000  # of one queue in one pass, which takes a second then; the next pass goes on


def sweep() -> None:
    """One pass over every kind of leased job."""
    for model in apps.get_models():
        if issubclass(model, LeasedJob):
            take_back_expired(model)
            ring_again(model)


def take_back_expired(model: type[LeasedJob]) -> int:
    """Requeue or fail every job whose lease ran out by the database's clock. Returns how many."""
    taken = 0
    for job in model._default_manager.filter(status=JobStatus.RUNNING, lease_until__lt=Now())[:500]:
        try:
            take_back(job)
            taken += 1
        except StaleState:
            continue
    return taken


def ring_again(model: type[LeasedJob]) -> int:
    """Ring for the oldest queued jobs of each queue that the broker holds no message for. Returns how many."""
    rung = 0
    for queue, line in lines_of(model).items():
        try:
            rung += ring_for(model, queue, line)
        except BROKER_ERRORS as error:
            logger.warning("the broker does not answer: %s", error)
            break
    return rung


@dataclass
class Line:
    """The queued jobs of one queue: how many, and which rows."""

    length: int = 0
    rows: Q = field(default_factory=Q)


def lines_of(model: type[LeasedJob]) -> dict[str, Line]:
    """The lines by queue. PostgreSQL counts: however many jobs are queued, at most one is loaded."""
    queued = model._default_manager.filter(status=JobStatus.QUEUED)
    lines: dict[str, Line] = {}
    for row in queued.order_by().values("status", *columns_of_queue(model)).annotate(length=Count("pk")):
        length = row.pop("length")
        line = lines.setdefault(model(**row).queue, Line())
        line.length += length
        line.rows |= Q(**row)
    return lines


def columns_of_queue(model: type[LeasedJob]) -> set[str]:
    """What the model's `queue` looks at: the columns that a row without any has to load for it."""
    for job in model._default_manager.filter(status=JobStatus.QUEUED).order_by().only("pk")[:1]:
        unread = job.get_deferred_fields()
        job.queue  # noqa: B018
        return unread - job.get_deferred_fields()
    return set()


def ring_for(model: type[LeasedJob], queue: str, line: Line) -> int:
    with app.connection_for_read(transport_options=TIMEOUTS) as connection:
        in_broker = connection.default_channel.client.llen(queue)
    jobs = model._default_manager.filter(line.rows)
    silent = jobs.filter(queued_at__lt=Now() - PATIENCE).order_by(Coalesce("rung_at", "queued_at"), "pk")
    missing = max(0, line.length - in_broker)
    pks = list(silent.values_list("pk", flat=True)[: min(missing, MOST_RINGS)])
    ring(model.TASK, queue, pks)
    jobs.filter(pk__in=pks).update(rung_at=Now())
    return len(pks)
