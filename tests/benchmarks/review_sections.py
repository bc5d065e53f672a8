"""All sections of the review benchmark, on one portal that is filled once."""

import traceback
from collections.abc import Callable

from django.core.management import call_command

from tests.benchmarks import review_claims, review_opposites, review_queue, review_search
from tests.benchmarks.console import Options, say
from tests.benchmarks.review_store import FULL, QUICK, Scale, Staff, fill
from tests.benchmarks.table import Figure, failed

# What only reads comes first.
SECTIONS: dict[str, Callable[[Options, Scale, Staff], list[Figure]]] = {
    "queue": review_queue.measure,
    "search": review_search.measure,
    "claims": review_claims.measure,
    "opposites": review_opposites.measure,
}


def measure(options: Options) -> list[Figure]:
    """Fill the portal whose servers run, and return all figures; a section that breaks falls short of its targets."""
    scale = QUICK if options.quick else FULL
    call_command("migrate", verbosity=0, skip_checks=True)
    staff = fill(scale)
    figures = list[Figure]()
    for name, section in SECTIONS.items():
        say(name)
        try:
            figures += section(options, scale, staff)
        except Exception as error:
            traceback.print_exc()
            figures.append(failed(name, error))
    return figures
