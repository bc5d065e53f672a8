"""One contestant on one model, in a process of its own."""

import time
from dataclasses import dataclass, replace

import torch

from tests.benchmarks.apart import apart
from tests.benchmarks.console import say
from tests.benchmarks.llama_cpp_peer import llama_cpp_slots
from tests.benchmarks.models import encoder
from tests.benchmarks.peers import CONTESTANTS
from tests.benchmarks.workload import Heat, draw

ALL = {**CONTESTANTS, "llama.cpp": llama_cpp_slots}
WARM_UP_TOKENS = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What it wrote, in the order of the briefs, and what the writing alone took."""

    written: list[list[int]]
    cpu_seconds: float
    wall_seconds: float
    threads: int

    @property
    def tokens(self) -> int:
        """Return how many tokens it wrote."""
        return sum(map(len, self.written))

    @property
    def per_cpu_second(self) -> float:
        """Return tokens a second of user and system time."""
        return self.tokens / self.cpu_seconds

    @property
    def per_second(self) -> float:
        """Return tokens a second of the clock on the wall."""
        return self.tokens / self.wall_seconds


def run(heat: Heat) -> Outcome:
    """Carry the heat out in a new process."""
    outcome = apart(carry_out, heat)
    say(f"{heat.model}, {heat.contestant}: {outcome.tokens} tokens in {outcome.wall_seconds:.1f} s")
    return outcome


def carry_out(heat: Heat) -> Outcome:
    """Load, write a few tokens to warm up, then write under the clock. Raises ValueError for a wrong token count."""
    briefs = draw(heat.size, encoder(heat.model))
    wanted = [briefs[number] for number in heat.only] or briefs
    with ALL[heat.contestant](heat) as write:
        write([replace(wanted[0], tokens=WARM_UP_TOKENS)])
        started, cpu_started = time.perf_counter(), time.process_time()
        written = write(wanted)
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    due = [one.tokens for one in wanted for _ in range(one.variants)]
    if [len(tokens) for tokens in written] != due:
        raise ValueError(f"{heat.contestant} did not write what was asked: {[len(tokens) for tokens in written]}")
    return Outcome(written, cpu_seconds, seconds, torch.get_num_threads())
