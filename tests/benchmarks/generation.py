"""The benchmark of the generation pipeline: `python -m tests.benchmarks.generation`.

Prints one table and, as the last line, one JSON object of all figures. The exit status is 1 where a figure is short of
its target. A figure that this machine cannot give is "not taken", with the reason; it is never met and never fails.
"""

import argparse
import sys
import traceback
from collections.abc import Callable

from tests.benchmarks import first_token, machine, parity, portal, shared_prefill, throughput_cpu, throughput_gpu
from tests.benchmarks.console import Options, say
from tests.benchmarks.table import Figure, failed, print_table

SECTIONS: dict[str, Callable[[Options], list[Figure]]] = {
    "throughput-cpu": throughput_cpu.measure,
    "throughput-llama-cpp": throughput_cpu.measure_llama_cpp,
    "throughput-gpu": throughput_gpu.measure,
    "shared-prefill": shared_prefill.measure,
    "parity": parity.measure,
    "first-token": first_token.measure,
    "whole-path": portal.section("tests.benchmarks.whole_path.measure"),
    "fairness": portal.section("tests.benchmarks.fairness.measure"),
    "crash": portal.section("tests.benchmarks.crash.measure"),
}


def main(arguments: list[str]) -> int:
    """Run the chosen sections and return the exit status."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.generation", description=__doc__)
    parser.add_argument("--only", action="append", choices=SECTIONS, help="this section alone; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small workloads for trying; not the real figures")
    parser.add_argument(
        "--rounds", type=int, default=1, help="how often the CPU's throughput and the whole path are measured"
    )
    parser.add_argument("--threads", type=int, default=0, help="torch threads of all; by default the engine chooses")
    chosen = parser.parse_args(arguments)
    options = Options(quick=chosen.quick, rounds=max(1, chosen.rounds), threads=chosen.threads)
    head = machine.describe(options)
    figures = [figure for name in SECTIONS if name in (chosen.only or SECTIONS) for figure in carry_out(name, options)]
    return print_table(figures, head, quick=options.quick)


def carry_out(name: str, options: Options) -> list[Figure]:
    """Return the section's figures; a section that breaks is one that falls short, and the others go on."""
    say(name)
    try:
        return SECTIONS[name](options)
    except Exception as error:
        traceback.print_exc()
        return [failed(name, error)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
