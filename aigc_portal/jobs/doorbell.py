"""Tell a worker that a job waits. The message carries an id; losing it costs seconds: the sweeper rings again."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from aigc_portal.celery import app
from aigc_portal.jobs.models import LeasedJob

logger = logging.getLogger(__name__)

BROKER_ERRORS = (OperationalError, RedisError, OSError)
TIMEOUTS = {"socket_timeout": 2, "socket_connect_timeout": 1}
_ringer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="doorbell")
_waiting = BoundedSemaphore(1000)


def ring_after_commit(job: LeasedJob) -> None:
    """Ring once the transaction is committed, in a thread of its own: a hung broker never holds a request."""
    task, queue, pk = job.TASK, job.queue, job.pk
    transaction.on_commit(lambda: _submit(task, queue, pk))


def _submit(task: str, queue: str, pk: int) -> None:
    if _waiting.acquire(blocking=False):
        _ringer.submit(_ring_quietly, task, queue, pk)


def _ring_quietly(task: str, queue: str, pk: int) -> None:
    try:
        ring(task, queue, [pk])
    except BROKER_ERRORS as error:
        logger.warning("doorbell for %s %s not delivered (%s); the sweeper rings again", task, pk, type(error).__name__)
    finally:
        _waiting.release()


def ring(task: str, queue: str, pks: list[int]) -> None:
    """Send one message for each id. Raises one of BROKER_ERRORS where the broker does not answer."""
    with app.connection_for_write(transport_options=TIMEOUTS) as connection:
        for pk in pks:
            app.send_task(task, args=[pk], queue=queue, connection=connection, retry=False, ignore_result=True)
