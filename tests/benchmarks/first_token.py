"""How long a text waits for its first token at half load: half as many texts arrive as the engine can write.

Evenly spaced arrivals show what the engine adds. With Poisson arrivals a good part of the prompts arrives while another
one is read, and no order of work hides that from both: that wait is printed beside, and has no target.
"""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from random import Random

from generation.engine.catalogue import DEFAULT_MODEL
from generation.engine.transformers_engine import TransformersEngine
from tests.benchmarks.console import Options, say
from tests.benchmarks.models import encoder, load_engine
from tests.benchmarks.table import Figure, Target
from tests.benchmarks.workload import SEED, SLOTS, Heat, Size, Wanted, draw, request_for

BUSY = SLOTS // 4  # texts that are there from the start; at half load about so many are
FULL, QUICK = Size(BUSY + 64), Size(2 + 4, (50, 120), (6, 16))
PROBE_TOKENS = 96  # most of them behind the prefills of all probes


def measure(options: Options) -> list[Figure]:
    """Return the wait beyond the text's own prefill, in decode steps."""
    size = QUICK if options.quick else FULL
    busy = 2 if options.quick else BUSY
    briefs = draw(size, encoder(DEFAULT_MODEL))
    engine = load_engine(Heat(DEFAULT_MODEL, size, SLOTS, threads=options.threads))
    first, later = briefs[:busy], briefs[busy:]
    write(engine, replace(first[0], tokens=2), time.perf_counter())  # warms up
    alone = [first_wait(write(engine, replace(one, tokens=1), time.perf_counter())) for one in later]
    rate = 0.5 / seconds_a_text(engine, first, later, statistics.mean(alone))
    say(f"first token: {rate:.2f} texts a second arrive, half of what it can write")
    random, figures = Random(SEED), list[Figure]()
    for arrivals, target in (("evenly spaced", Target(3, upper=True)), ("Poisson", None)):
        gaps = [1 / rate if target else random.expovariate(rate) for _ in later]
        watched = open_loop(engine, first, later, gaps)
        work = f"{size}, half load ({rate:.2f} texts a second), {arrivals} arrivals, float32"
        figures += figures_of(watched, alone, busy, work, target)
    engine.close()
    return figures


def figures_of(
    watched: list[list[float]], alone: list[float], busy: int, work: str, target: Target | None
) -> list[Figure]:
    """Return the figures of all texts behind the first `busy`, which only make the load."""
    step = statistics.median(gap for one in watched for gap in steps(one))
    waits = [(first_wait(one) - own) / step for one, own in zip(watched[busy:], alone, strict=True)]
    end = watched[-1][0]
    load = sum(min(end, one[-1]) - one[0] for one in watched) / (end - watched[0][0])
    return [
        Figure("first token: busy slots", work, (load,), "on average"),
        Figure("first token: decode step", work, (1000 * step,), "ms, median"),
        Figure("first token: own prefill alone", work, (1000 * statistics.median(alone),), "ms, median"),
        Figure("first token: median of (wait − own prefill)", work, (statistics.median(waits),), "decode steps"),
        Figure("first token: p95 of (wait − own prefill)", work, (p95(waits),), "decode steps", target),
    ]


def seconds_a_text(engine: TransformersEngine, first: list[Wanted], later: list[Wanted], prefill: float) -> float:
    """Return how long the engine takes for a text when it is full: the prefill, and a share of each of its steps."""
    probes = [replace(one, tokens=PROBE_TOKENS) for one in (first + later)[:SLOTS]]
    with ThreadPoolExecutor(len(probes)) as threads:
        seen = list(threads.map(lambda one: write(engine, one, time.perf_counter()), probes))
    step = statistics.median(gap for one in seen for gap in steps(one))
    return prefill + statistics.mean(one.tokens for one in later) * step / len(probes)


def open_loop(
    engine: TransformersEngine, first: list[Wanted], later: list[Wanted], gaps: list[float]
) -> list[list[float]]:
    """Start the first texts at once and the later ones when they arrive, whether or not the engine keeps up."""
    with ThreadPoolExecutor(len(first) + len(later)) as threads:
        due = time.perf_counter()
        started = [threads.submit(write, engine, one, due) for one in first]
        for one, gap in zip(later, gaps, strict=True):
            due += gap
            time.sleep(max(0.0, due - time.perf_counter()))
            started.append(threads.submit(write, engine, one, due))
        return [one.result() for one in started]


def write(engine: TransformersEngine, wanted: Wanted, asked: float) -> list[float]:
    """Carry out one brief; return when it was asked for, and behind that when each of its tokens came."""
    times = [asked]
    engine.generate(
        request_for(wanted),
        on_delta=lambda delta: times.append(time.perf_counter()),
        cancelled=lambda: False,
    )
    return times


def first_wait(times: list[float]) -> float:
    """Return the seconds to the first token."""
    return times[1] - times[0]


def steps(times: list[float]) -> list[float]:
    """Return the seconds from each token to the next."""
    return [later - earlier for earlier, later in pairwise(times[1:])]


def p95(values: list[float]) -> float:
    """Return the value that 95 of 100 do not exceed, by the nearest rank."""
    return sorted(values)[-(-95 * len(values) // 100) - 1]
