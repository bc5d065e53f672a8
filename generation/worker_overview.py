"""What administrators see of the machine side: the workers of each model, what waits for them, what failed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Count, DurationField, ExpressionWrapper, Min, Q
from django.db.models.functions import Now

from aigc_portal.accounts.models import User
from generation import engine_status
from generation.engine_status import EngineStatus, of_queue
from generation.failure_reasons import FailureReason, model_failure, run_failure
from generation.models import GenerationRun
from generation.served_models import served_model, served_models

SHOWN_FAILURES = 20
Status = GenerationRun.Status


@dataclass(frozen=True)
class Worker:
    """`failure` says in words why it could not load its model."""

    status: EngineStatus
    failure: FailureReason | None


class Load(NamedTuple):
    """Runs of all teams. `oldest` is how long the oldest that waits has been waiting, by the database's clock."""

    queued: int = 0
    running: int = 0
    oldest: timedelta | None = None

    @property
    def oldest_seconds(self) -> int | None:
        return None if self.oldest is None else max(0, int(self.oldest.total_seconds()))

    @property
    def oldest_minutes(self) -> int | None:
        return None if self.oldest_seconds is None else self.oldest_seconds // 60


@dataclass(frozen=True)
class Queue:
    """What belongs to one model."""

    name: str
    model: str
    workers: list[Worker]
    load: Load


@dataclass(frozen=True)
class Failure:
    run: GenerationRun
    reason: FailureReason


def queues() -> list[Queue]:
    """Of every served model, the default one first, and of every other model that a worker still serves."""
    statuses, loads = engine_status.read_all(), load_by_queue()
    served = {model.queue: model.name for model in served_models()}
    others = {status.queue: status.model for status in statuses if status.queue and status.queue not in served}
    return [
        Queue(name, model, [worker_of(status) for status in of_queue(statuses, name)], loads[name])
        for name, model in (served | others).items()
    ]


def load_by_queue() -> defaultdict[str, Load]:
    """One query. A run names its model; "" and the default model's name mean the same queue."""
    waiting = Q(status=Status.QUEUED)
    waited = ExpressionWrapper(Now() - Min("queued_at", filter=waiting), output_field=DurationField())
    rows = (
        GenerationRun.objects.filter(status__in=(Status.QUEUED, Status.RUNNING))
        .values("model_name")
        .annotate(queued=Count("pk", filter=waiting), running=Count("pk", filter=~waiting), oldest=waited)
        .values_list("model_name", "queued", "running", "oldest")
    )
    loads: defaultdict[str, Load] = defaultdict(Load)
    for name, queued, running, oldest in rows:
        queue = served_model(name).queue
        before = loads[queue]
        waits = [wait for wait in (before.oldest, oldest) if wait is not None]
        loads[queue] = Load(before.queued + queued, before.running + running, max(waits, default=None))
    return loads


def worker_of(status: EngineStatus) -> Worker:
    return Worker(status, model_failure(status.code) if status.state == "failed" else None)


def last_failures(user: User) -> list[Failure]:
    """The newest failed runs of the user's teams."""
    runs = GenerationRun.objects.visible_to(user).filter(status=Status.FAILED).select_related("brief")
    newest = runs.order_by("-finished_at", "-pk")[:SHOWN_FAILURES]
    return [Failure(run, run_failure(run.error_code)) for run in newest]
