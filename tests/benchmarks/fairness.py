"""One person with many runs, then many with one each: how long the latter wait, in run times."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from generation.actions.runs import repeat_run
from generation.engine.catalogue import DEFAULT_MODEL
from generation.models import GenerationRun
from tests.benchmarks.console import Options, say
from tests.benchmarks.first_token import p95
from tests.benchmarks.models import encoder
from tests.benchmarks.portal import running_portal
from tests.benchmarks.portal_runs import Status, make_people, patterns, wait_until
from tests.benchmarks.table import Figure, Target
from tests.benchmarks.workload import SLOTS, Size, draw

HEAVY, LIGHT, TOKENS = 100, 20, 96
QUICK_HEAVY, QUICK_LIGHT, QUICK_TOKENS = 80, 4, 32
HEAD_START_SECONDS = 3.0
LONGEST_SECONDS = 1200.0


@dataclass(frozen=True, slots=True)
class Life:
    """When a run was asked for, began and ended, by the database's clock in seconds."""

    queued: float
    started: float
    ended: float


def measure(options: Options) -> list[Figure]:
    """Return the light ones' wait in run times, and how far the heavy one got meanwhile."""
    heavy, light = (QUICK_HEAVY, QUICK_LIGHT) if options.quick else (HEAVY, LIGHT)
    tokens = QUICK_TOKENS if options.quick else TOKENS
    briefs = draw(Size(1, (100, 100), (tokens, tokens)), encoder(DEFAULT_MODEL))
    with running_portal(options.threads):
        first, *others = make_people(1 + light)
        (pattern,) = patterns(first, briefs)
        many = [repeat_run(actor=first, run=pattern) for _ in range(heavy)]
        wait_until(Status.RUNNING, many[:1], 60)
        time.sleep(HEAD_START_SECONDS)
        few = [repeat_run(actor=user, run=pattern) for user in others]
        say(f"{heavy} runs of one person and {light} of others are asked for")
        wait_until(Status.SUCCEEDED, [*many, *few], LONGEST_SECONDS)
        work = f"{heavy} runs of one person, {light} others {HEAD_START_SECONDS:.0f} s later, {tokens} tokens each"
        return figures_of(lives(many), lives(few), f"{work}, {SLOTS} slots")


def lives(runs: Sequence[GenerationRun]) -> list[Life]:
    """Return the times of finished runs."""
    rows = GenerationRun.objects.filter(pk__in=[run.pk for run in runs])
    times = rows.values_list("queued_at", "started_at", "finished_at")
    return [Life(*(time.timestamp() for time in row if time)) for row in times]


def figures_of(many: list[Life], few: list[Life], work: str) -> list[Figure]:
    """Return the waits of the few; what counts of the others is what happened while one of the few waited."""
    begin, end = min(life.queued for life in few), max(life.started for life in few)
    loaded = [life for life in (*many, *few) if life.ended > begin and life.started <= end]
    run_time = statistics.median(life.ended - life.started for life in loaded)
    waits = [life.started - life.queued for life in few]
    ended = sum(begin < life.ended <= max(life.ended for life in few) for life in many)
    return [
        Figure("fairness: run time", work, (run_time,), "s, median under load"),
        Figure("fairness: median wait of the light ones", work, (statistics.median(waits),), "s"),
        Figure("fairness: p95 wait of the light ones", work, (p95(waits),), "s"),
        Figure("fairness: p95 wait / run time", work, (p95(waits) / run_time,), "×", Target(3, upper=True)),
        Figure("fairness: heavy one's runs that ended meanwhile", work, (float(ended),), "", Target(1)),
    ]
