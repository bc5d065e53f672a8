"""How fast a queue is served: what its workers tell, and what its last runs took."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, Subquery, Sum

from generation import engine_status
from generation.fair_order import in_queue
from generation.models import GenerationRun

LOOK_BACK = 1000  # newest runs of all queues among which the last ones of a queue are sought
LAST_RUNS = 50


@dataclass(frozen=True)
class Pace:
    """`together` is what the queue's engines write in a second (0.0: none has told yet), `alone` what one of the last
    runs wrote for itself (0.0: there was none), `written` the share of their estimates that these wrote.

    `is_served` where a worker takes runs, `free_slots` how many variants it could begin now.
    """

    together: float = 0.0
    alone: float = 0.0
    written: float = 1.0
    is_served: bool = False
    free_slots: int = 0

    def tokens_per_second(self, running: int) -> float | None:
        """Estimated tokens that go by in a second while `running` runs are written; None where nobody can know."""
        rate = self.together or self.alone * max(running, int(self.is_served))
        return rate / self.written if rate else None


def pace_of(queue: str) -> Pace:
    """One query, and one look at what the workers tell."""
    newest = Subquery(GenerationRun.objects.order_by("-pk").values("pk")[:1])
    last = GenerationRun.objects.filter(
        in_queue(queue), pk__gt=newest - LOOK_BACK, status=GenerationRun.Status.SUCCEEDED, completion_tokens__gt=0
    ).order_by("-pk")[:LAST_RUNS]
    sums = last.aggregate(
        tokens=Sum("completion_tokens"),
        seconds=Sum("seconds"),
        estimated=Sum("token_estimate"),
        written=Sum("completion_tokens", filter=Q(token_estimate__gt=0)),
    )
    workers = engine_status.of_queue(engine_status.read_all(), queue)
    return Pace(
        together=sum(worker.tokens_per_second for worker in workers if worker.state == "ready"),
        alone=sums["tokens"] / sums["seconds"] if sums["seconds"] else 0.0,
        written=min(1.0, sums["written"] / sums["estimated"]) if sums["estimated"] else 1.0,
        is_served=any(worker.serves for worker in workers),
        free_slots=sum(
            max(0, worker.slots - worker.slots_in_use - worker.waiting) for worker in workers if worker.serves
        ),
    )
