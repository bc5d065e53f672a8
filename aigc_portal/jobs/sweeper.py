"""Ring again for what is queued, take back what expired: the broker and any worker may die at any time."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.apps import apps
from django.db.models.functions import Coalesce, Now

from aigc_portal.audit.transitions import StaleState
from aigc_portal.celery import app
from aigc_portal.jobs.doorbell import BROKER_ERRORS, TIMEOUTS, ring
from aigc_portal.jobs.leases import take_back
from aigc_portal.jobs.models import JobStatus, LeasedJob

logger = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=3)


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
    """Ring for the oldest queued jobs that the broker holds no message for. Returns how many."""
    queued = model._default_manager.filter(status=JobStatus.QUEUED)
    total = queued.count()
    if not total:
        return 0
    try:
        with app.connection_for_read(transport_options=TIMEOUTS) as connection:
            in_broker = connection.default_channel.client.llen(model.QUEUE)
        silent = queued.filter(queued_at__lt=Now() - PATIENCE).order_by(Coalesce("rung_at", "queued_at"), "pk")
        pks = list(silent.values_list("pk", flat=True)[: max(0, total - in_broker)])
        ring(model.TASK, model.QUEUE, pks)
    except BROKER_ERRORS as error:
        logger.warning("the broker does not answer: %s", error)
        return 0
    queued.filter(pk__in=pks).update(rung_at=Now())
    return len(pks)
