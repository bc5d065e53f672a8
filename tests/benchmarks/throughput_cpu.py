"""Tokens a CPU-second against the ways that transformers offers, in alternating rounds, and against llama.cpp."""

import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from generation.engine.catalogue import DEFAULT_MODEL
from tests.benchmarks.console import Options
from tests.benchmarks.contest import Outcome, run
from tests.benchmarks.llama_cpp_peer import GGUF
from tests.benchmarks.models import different
from tests.benchmarks.table import Figure, Target, not_taken
from tests.benchmarks.workload import SLOTS, Heat, Size, evenly_spread

FULL, QUICK = Size(64), Size(6, (50, 120), (6, 16))
ALONE = 8  # of the texts are written one by one: it is a rate, and the rest would take a quarter of an hour
TARGETS = {"one by one": 4.0, "static batches": 1.3, "continuous batching": 2.0}
AIM = Target(1.0, aim=True)


def measure(options: Options) -> list[Figure]:
    """Return rates, ratios and the number of tokens that differ from those of `generate` alone."""
    size = QUICK if options.quick else FULL
    alone = evenly_spread(size, 2 if options.quick else ALONE)
    rounds: list[dict[str, Outcome]] = []
    for _ in range(1 if options.quick else options.rounds):
        rounds.append(one_round(size, alone, rounds[0]["ours"].threads if rounds else options.threads))
    work = f"{size}, {SLOTS} slots, float32, torch threads: {rounds[0]['ours'].threads}"
    figures = []
    for name in ("ours", *TARGETS):
        on = f"{work}; {len(alone)} of them" if name == "one by one" else work
        outcomes = [outcomes[name] for outcomes in rounds]
        figures += [
            Figure(f"{name}: per CPU-second", on, tuple(one.per_cpu_second for one in outcomes), "tokens"),
            Figure(f"{name}: per second", on, tuple(one.per_second for one in outcomes), "tokens"),
        ]
        if name != "one by one":
            wrong = [wrong_tokens(outcomes, name, alone) for outcomes in rounds]
            target = Target(0, upper=True) if name == "ours" else None
            shared = f"the {len(alone)} that `generate` wrote alone"
            figures.append(Figure(f"{name}: different tokens", shared, tuple(map(float, wrong)), target=target))
    for name, least in TARGETS.items():
        ratios = [outcomes["ours"].per_cpu_second / outcomes[name].per_cpu_second for outcomes in rounds]
        figures.append(Figure(f"throughput CPU: ours / {name}", work, tuple(ratios), "×", Target(least)))
    return figures


def one_round(size: Size, alone: list[int], threads: int) -> dict[str, Outcome]:
    """Let every contestant write once; the engine goes first, and the others get its number of threads."""
    heat = Heat(DEFAULT_MODEL, size, SLOTS, threads=threads)
    outcomes = {"ours": run(heat)}
    for name in TARGETS:
        only = tuple(alone) if name == "one by one" else ()
        outcomes[name] = run(replace(heat, contestant=name, threads=outcomes["ours"].threads, only=only))
    return outcomes


def wrong_tokens(outcomes: dict[str, Outcome], name: str, alone: list[int]) -> int:
    """Return how many tokens of the shared texts are not those of `generate`."""
    return different(outcomes["one by one"].written, [outcomes[name].written[number] for number in alone])


def measure_llama_cpp(options: Options) -> list[Figure]:
    """Return the ratio to llama.cpp where it is installed; it runs the GGUF as it is, often in 4 bits."""
    size = QUICK if options.quick else FULL
    what, work = "throughput CPU: ours / llama.cpp", f"{size}, {SLOTS} slots"
    if find_spec("llama_cpp") is None:
        return [not_taken(what, work, AIM, "llama-cpp-python is not installed")]
    if not Path(os.environ.get(GGUF, "")).is_file():
        return [not_taken(what, work, AIM, f"{GGUF} names no GGUF file")]
    ours = run(Heat(DEFAULT_MODEL, size, SLOTS, threads=options.threads))
    llama = run(Heat(DEFAULT_MODEL, size, SLOTS, "llama.cpp", threads=ours.threads))
    return [
        Figure("llama.cpp: per CPU-second", work, (llama.per_cpu_second,), "tokens"),
        Figure(what, work, (ours.per_cpu_second / llama.per_cpu_second,), "×", AIM),
    ]
