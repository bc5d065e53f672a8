"""What a Celery worker does beyond Celery: one that consumes the generation queue keeps an engine."""

from __future__ import annotations

from typing import Any

from celery.signals import celeryd_after_setup, worker_shutdown, worker_shutting_down
from django.db import connection

from aigc_portal.jobs.sweeper import ring_again
from generation.actions.models import register_model_version
from generation.engine.types import Engine
from generation.models import GenerationRun
from generation.resident import resident


@celeryd_after_setup.connect
def load_engine(sender: str, instance: Any, **kwargs: Any) -> None:
    if GenerationRun.QUEUE in instance.app.amqp.queues.consume_from:
        resident.start(register=register, announce=announce)


@worker_shutting_down.connect
def give_runs_back(**kwargs: Any) -> None:
    resident.draining.set()


@worker_shutdown.connect
def close_engine(**kwargs: Any) -> None:
    resident.stop()


def register(engine: Engine) -> None:
    info = engine.info
    register_model_version(
        name=info.model,
        digest=info.digest,
        files=dict(info.files),
        languages=list(info.languages),
        licence=info.licence,
        source=info.source,
        context_length=info.context_length,
    )


def announce() -> None:
    """Ring for what waited while the model loaded."""
    ring_again(GenerationRun)
    connection.close()
