"""Where a waiting run stands and when it will start: the fair order, played forward from what is known now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace

from django.core.cache import caches
from django.db.models import F, Window
from django.db.models.functions import Now, RowNumber

from aigc_portal.jobs.models import JobStatus
from generation.fair_order import Waiting, counters_of, in_fair_order, in_queue
from generation.models import GenerationRun
from generation.queue_pace import Pace, pace_of

MOST_RUNS = 2000
KEPT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """`ahead` runs are claimed before it, counted up to MOST_RUNS; it starts in `seconds`, None where nobody knows."""

    ahead: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a queue: (ahead, seconds) of its runs. `is_whole` unless it has more than MOST_RUNS."""

    places: dict[int, tuple[int, float | None]]
    is_whole: bool
    is_new: bool = False

    def misses(self, run: GenerationRun) -> bool:
        """Whether the run was queued after this was seen."""
        return run.pk not in self.places and self.is_whole and not self.is_new

    def place_of(self, run: GenerationRun) -> QueuePlace:
        if run.pk in self.places:
            return QueuePlace(*self.places[run.pk])
        return QueuePlace(0, 0.0) if self.is_whole else QueuePlace(MOST_RUNS, None)


class QueuePlaces:
    """The places of many runs for one answer: each queue is looked at once, in four queries, or in the cache alone."""

    def __init__(self) -> None:
        self._looks: dict[str, Look] = {}

    def of(self, run: GenerationRun) -> QueuePlace | None:
        """None for a run that does not wait."""
        if run.status != JobStatus.QUEUED:
            return None
        queue = run.queue
        look = self._looks.get(queue) or look_at(queue)
        if look.misses(run):
            look = look_at(queue, anew=True)
        self._looks[queue] = look
        return look.place_of(run)


def place_of(run: GenerationRun) -> QueuePlace | None:
    """None for a run that does not wait."""
    return QueuePlaces().of(run)


def places_of(runs: Iterable[GenerationRun]) -> dict[int, QueuePlace]:
    """The places of those that wait, by the run's id."""
    places = QueuePlaces()
    found = {run.pk: places.of(run) for run in runs}
    return {pk: place for pk, place in found.items() if place is not None}


def look_at(queue: str, *, anew: bool = False) -> Look:
    """What everybody who asked this process in the last two seconds was told, too; the broker is not asked."""
    kept_as = f"queue-places-{queue}"
    if not anew and (kept := caches["process"].get(kept_as)):
        return Look(*kept)
    look = play_forward(queue)
    caches["process"].set(kept_as, (look.places, look.is_whole), KEPT_SECONDS)
    return look


def play_forward(queue: str) -> Look:
    waiting = waiting_in(queue)
    running = running_in(queue)
    counters = counters_of(queue, {run.user for run in waiting})
    order = list(in_fair_order(waiting[:MOST_RUNS], counters))
    places = {
        run.pk: (ahead, seconds)
        for ahead, (run, seconds) in enumerate(zip(order, starts(order, running, pace_of(queue)), strict=True))
    }
    return Look(places, is_whole=len(waiting) <= MOST_RUNS, is_new=True)


def waiting_in(queue: str) -> list[Waiting]:
    """MOST_RUNS and one more: everybody's oldest, then everybody's second, and so on."""
    turn = Window(RowNumber(), partition_by="requested_by_id", order_by=["queued_at", "pk"])
    queued = GenerationRun.objects.filter(in_queue(queue), status=JobStatus.QUEUED).annotate(turn=turn)
    rows = queued.order_by("turn", "queued_at", "pk").values_list(
        "pk", "requested_by_id", "queued_at", "token_estimate", "variants", "attempt"
    )[: MOST_RUNS + 1]
    return [Waiting(pk, user, at, tokens, variants, attempt > 0) for pk, user, at, tokens, variants, attempt in rows]


def running_in(queue: str) -> list[tuple[int, float]]:
    """Estimate and seconds so far of every run that is being written; both by the database."""
    running = GenerationRun.objects.filter(in_queue(queue), status=JobStatus.RUNNING).order_by()
    ages = running.annotate(age=Now() - F("started_at")).values_list("token_estimate", "age")
    return [(tokens, age.total_seconds() if age else 0.0) for tokens, age in ages]


def starts(order: Sequence[Waiting], running: Sequence[tuple[int, float]], pace: Pace) -> Iterator[float | None]:
    """Seconds until each of the waiting runs starts, as soon as one before it ends.

    As many are written side by side as now, and each gets its part of the pace.
    """
    rate = pace.tokens_per_second(len(running))
    if not rate:
        yield from (None for _ in order)
        return
    each = rate / max(len(running), 1)
    begin_at_once = pace.free_slots // order[0].variants if order else 0
    free_at = [max(0.0, tokens / each - age) for tokens, age in running] + [0.0] * begin_at_once or [0.0]
    heapify(free_at)
    for run in order:
        yield free_at[0]
        heapreplace(free_at, free_at[0] + run.tokens / each)
