"""The generation worker killed at random moments, with every slot in use; the portal's supervisor starts it again."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from aigc_portal.services.supervisor import STEADY
from generation.actions.runs import repeat_run
from generation.engine.catalogue import DEFAULT_MODEL
from generation.models import GenerationRun
from tests.benchmarks.console import Options, say
from tests.benchmarks.models import encoder
from tests.benchmarks.portal import running_portal
from tests.benchmarks.portal_runs import Status, make_people, patterns, wait_until, wait_until_closed
from tests.benchmarks.table import Figure, Target
from tests.benchmarks.workload import SEED, SLOTS, Size, draw
from tests.faults.toll import Toll, toll_of
from tests.stories.portal import LivePortal

KILLS, QUICK_KILLS = 20, 2
TOKENS = 120
LATEST_SECONDS = 5.0  # after all of them began; each takes longer than that
LONGEST_SECONDS = 300.0
NONE = Target(0, upper=True)


@dataclass(frozen=True, slots=True)
class Kill:
    """What a kill cost: runs that were interrupted, and how long until the last of them was at work again."""

    toll: Toll
    interrupted: int
    seconds: float


def measure(options: Options) -> list[Figure]:
    """Return what all kills cost together, and the worst time."""
    random, kills = Random(SEED), list[Kill]()
    briefs = draw(Size(SLOTS, (50, 150), (TOKENS, TOKENS)), encoder(DEFAULT_MODEL))
    with running_portal(options.threads) as portal:
        (author,) = make_people(1)
        asked, up_since = patterns(author, briefs), time.monotonic()
        for number in range(QUICK_KILLS if options.quick else KILLS):
            # The supervisor starts what ended within a minute later each time, and that is not measured here.
            time.sleep(max(0.0, up_since + STEADY + 10 - time.monotonic()) if number else 0)
            runs = [repeat_run(actor=author, run=pattern) for pattern in asked]
            wait_until(Status.RUNNING, runs, 60)
            up_since = time.monotonic()
            kills.append(kill(portal, runs, random.uniform(0, LATEST_SECONDS)))
            say(f"kill {number + 1}: {kills[-1]}")
    return figures_of(kills, f"{len(kills)} kills with {SLOTS} runs in flight, {TOKENS} tokens each")


def kill(portal: LivePortal, runs: list[GenerationRun], after: float) -> Kill:
    """Kill the worker after so many seconds, and wait until every run has ended."""
    time.sleep(after)
    mine = GenerationRun.objects.filter(pk__in=[run.pk for run in runs])
    killed_at = datetime.now(UTC)
    portal.kill("generation-worker")
    interrupted = list(mine.filter(status=Status.RUNNING).values_list("pk", flat=True))
    wait_until_closed(runs, LONGEST_SECONDS)
    last = max(run.started_at for run in mine.filter(pk__in=interrupted) if run.started_at)
    return Kill(toll_of(mine), len(interrupted), (last - killed_at).total_seconds())


def figures_of(kills: list[Kill], work: str) -> list[Figure]:
    """Return the sums of the tolls, and the times of all kills."""
    again = "crash: from the kill until the last run is at work again"
    return [
        Figure("crash: runs interrupted", work, (float(sum(kill.interrupted for kill in kills)),)),
        Figure("crash: runs lost", work, (float(sum(kill.toll.lost for kill in kills)),), "", NONE),
        Figure("crash: duplicate drafts", work, (float(sum(kill.toll.doubled for kill in kills)),), "", NONE),
        Figure("crash: runs whose events differ", work, (float(sum(kill.toll.untold for kill in kills)),), "", NONE),
        Figure(f"{again}, each", work, tuple(kill.seconds for kill in kills), "s"),
        Figure(f"{again}, worst", work, (max(kill.seconds for kill in kills),), "s", Target(45, upper=True)),
    ]
