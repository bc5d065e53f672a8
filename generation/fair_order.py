"""Who is served next: whoever has the fewest virtual tokens at the queue (VTC: Sheng et al., OSDI 2024)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heapreplace

from django.db import connection, transaction
from django.db.models import F, Max, Q

from aigc_portal.accounts.models import User
from aigc_portal.jobs.leases import claim
from aigc_portal.jobs.models import MAX_ATTEMPTS, JobStatus
from generation.models import GenerationRun, TokenCounter
from generation.served_models import served_models

OPEN = (JobStatus.QUEUED, JobStatus.RUNNING)
FROZEN = "5s"


def in_queue(queue: str) -> Q:
    """Runs of the models that this queue serves. The default model's takes "" and names that are served no more."""
    models = served_models()
    if models[0].queue == queue:
        return ~Q(model_name__in=[model.name for model in models if model.queue != queue])
    return Q(model_name__in=[model.name for model in models if model.queue == queue])


def claim_fairest(queue: str, *, alone: bool = True) -> GenerationRun | None:
    """Claim the oldest queued run of whoever has the fewest tokens, and charge its estimate; None where none waits.

    A run that lost its workers in every attempt but the last may be what ended them. It is written alone: where the
    worker is at work on others (not `alone`), None as well, until it has finished these.

    Any number of workers may call it at once: they take turns, so nobody gets the same run, and each sees what the one
    before was charged. A run that is cancelled at the same moment is passed over.
    """
    while True:
        with transaction.atomic(), turn(queue):
            pk, attempt = fairest(queue)
            if pk is None or (attempt >= MAX_ATTEMPTS - 1 and not alone):
                return None
            run = claim(GenerationRun, pk)
            if run is None:
                continue
            if run.attempt == 1:  # what a lost worker left behind has been charged already
                add_tokens(run.requested_by_id, queue, run.token_estimate)
            return run


def settle(run: GenerationRun, used: int) -> None:
    """Correct what the claim was charged to the tokens that the run took.

    Call it once, in the transaction that ends the run or gives it back, and as its last step: it locks the counter,
    which others wait for that hold locks already. What a lost worker left behind is not settled: nobody counted what
    it computed, and the next attempt is not charged again.
    """
    add_tokens(run.requested_by_id, run.queue, used - run.token_estimate)


def enter_queue(user: User, queue: str) -> None:
    """Level the counter of somebody who has nothing open here: a pause earns no credit against those who wait.

    They start at the least of those who have something open; where nobody has, at the most of all, so that what was
    used in quiet hours is no debt. Call it in the transaction that queues the run, before the run is saved.
    """
    runs = GenerationRun.objects.filter(in_queue(queue), status__in=OPEN).order_by()
    if runs.filter(requested_by=user).exists():
        return
    waiting = set(runs.values_list("requested_by_id", flat=True).distinct())
    if waiting:
        level = min(counters_of(queue, waiting).values())
    else:
        level = TokenCounter.objects.filter(queue=queue).aggregate(most=Max("tokens"))["most"] or 0
    TokenCounter.objects.bulk_create([TokenCounter(user=user, queue=queue, tokens=level)], ignore_conflicts=True)
    TokenCounter.objects.filter(user=user, queue=queue, tokens__lt=level).update(tokens=level)


def counters_of(queue: str, users: Iterable[int]) -> dict[int, int]:
    """Everybody's virtual tokens; 0 for who has no counter."""
    users = set(users)
    known = TokenCounter.objects.filter(queue=queue, user__in=users).values_list("user_id", "tokens")
    return dict.fromkeys(users, 0) | dict(known)


def add_tokens(user_id: int, queue: str, tokens: int) -> None:
    counter = TokenCounter.objects.filter(user_id=user_id, queue=queue)
    if not counter.update(tokens=F("tokens") + tokens):
        TokenCounter.objects.bulk_create([TokenCounter(user_id=user_id, queue=queue)], ignore_conflicts=True)
        counter.update(tokens=F("tokens") + tokens)


@contextmanager
def turn(queue: str) -> Iterator[None]:
    """Wait until no other worker claims from this queue; the turn ends with the transaction.

    PostgreSQL ends the turn of a process that was stopped in the middle of it, or one would hold up all the others.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true),"
            " pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [FROZEN, f"claim from {queue}"],
        )
        yield
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout TO DEFAULT")


def fairest(queue: str) -> tuple[int | None, int]:
    """The run to claim next, and its attempts so far. One row a person is read, however many runs they have."""
    queued = GenerationRun.objects.filter(in_queue(queue), status=JobStatus.QUEUED)
    oldest = queued.order_by("requested_by_id", "queued_at", "pk").distinct("requested_by_id")
    heads = list(oldest.values_list("requested_by_id", "queued_at", "pk", "attempt"))
    counters = counters_of(queue, [user for user, *_ in heads])
    ranked = ((counters[user], queued_at, pk, attempt) for user, queued_at, pk, attempt in heads)
    _, _, pk, attempt = min(ranked, default=(0, None, None, 0))
    return pk, attempt


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued run. `tokens` is its estimate; one that was claimed before is not charged again."""

    pk: int
    user: int
    queued_at: datetime
    tokens: int
    variants: int = 1
    is_charged: bool = False


def in_fair_order(runs: Iterable[Waiting], counters: Mapping[int, int]) -> Iterator[Waiting]:
    """The order in which claim_fairest takes these runs, as far as it is known now. `runs`: oldest first."""
    lines: dict[int, deque[Waiting]] = {}
    for run in runs:
        lines.setdefault(run.user, deque()).append(run)
    heads = [(counters.get(user, 0), line[0].queued_at, line[0].pk, user) for user, line in lines.items()]
    heapify(heads)
    while heads:
        tokens, _, _, user = heads[0]
        run = lines[user].popleft()
        yield run
        if lines[user]:
            following = lines[user][0]
            charge = 0 if run.is_charged else run.tokens
            heapreplace(heads, (tokens + charge, following.queued_at, following.pk, user))
        else:
            heappop(heads)
