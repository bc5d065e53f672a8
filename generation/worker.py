"""What a Celery worker does beyond Celery: one that is told a model keeps its engine and consumes its queue."""

from __future__ import annotations

from typing import Any

from celery.signals import celeryd_after_setup, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import connection

from aigc_portal.jobs.sweeper import ring_again
from generation.actions.models import register_model_version
from generation.engine.types import Engine
from generation.models import GenerationRun
from generation.resident import resident
from generation.served_models import served_models


@celeryd_after_setup.connect
def load_engine(sender: str, instance: Any, **kwargs: Any) -> None:
    """`sender` is the worker's node name. Its queue is set here, so that only served_models knows how it is called."""
    if settings.PORTAL_WORKER_MODEL:
        instance.app.amqp.queues.select([resident.served.queue])
        resident.start(sender, register=register, announce=announce)


@worker_shutting_down.connect
def drain(**kwargs: Any) -> None:
    resident.drain()


@worker_shutdown.connect
def close_engine(**kwargs: Any) -> None:
    resident.stop()


def register(engine: Engine) -> None:
    """Under the name that people choose it by: a file's or a server's own name for it may be another one."""
    info = engine.info
    register_model_version(
        name=resident.served.name,
        digest=info.digest,
        files=dict(info.files),
        languages=list(info.languages),
        licence=info.licence,
        source=info.source,
        context_length=info.context_length,
        is_default=resident.served == served_models()[0],
    )


def announce() -> None:
    """Ring for what waited while the model loaded."""
    ring_again(GenerationRun)
    connection.close()
