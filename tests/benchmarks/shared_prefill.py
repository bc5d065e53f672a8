"""How many tokens of the prompts are computed when the variants of a brief share them."""

from concurrent.futures import ThreadPoolExecutor

from generation.engine.catalogue import DEFAULT_MODEL
from tests.benchmarks.console import Options
from tests.benchmarks.models import ask, encoder, load_engine
from tests.benchmarks.table import Figure, Target
from tests.benchmarks.workload import SLOTS, Heat, Size, draw

WHAT = "shared prefill: computed / unshared"
FULL, QUICK = Size(8, output=(8, 24), variants=8), Size(2, (50, 80), (2, 4), variants=8)
MOST = Target(1 / 7, upper=True)


def measure(options: Options) -> list[Figure]:
    """Return the share of the prompt tokens of all variants that the engine's own counter says it computed."""
    size = QUICK if options.quick else FULL
    briefs = draw(size, encoder(DEFAULT_MODEL))
    engine = load_engine(Heat(DEFAULT_MODEL, size, SLOTS, threads=options.threads))
    with ThreadPoolExecutor(len(briefs)) as threads:
        list(threads.map(lambda one: ask(engine, one), briefs))
    computed = engine.counters().prefill_tokens
    engine.close()
    return [Figure(WHAT, str(size), (computed / sum(one.variants * len(one.prompt) for one in briefs),), "", MOST)]
