"""Greedy tokens of texts that share the batch against `generate` one by one, for every supported configuration."""

from pathlib import Path
from tempfile import TemporaryDirectory

from generation.engine.allowlist import ARCHITECTURES
from generation.engine.catalogue import DEFAULT_MODEL
from tests.benchmarks.console import Options
from tests.benchmarks.models import different, encoder
from tests.benchmarks.peers import one_by_one, ours
from tests.benchmarks.table import Figure, Target
from tests.benchmarks.workload import SLOTS, Heat, Size, draw
from tests.generation.engine.tiny import make_model

TINY = Size(SLOTS, (40, 150), (20, 80))
REAL, QUICK_REAL = Size(SLOTS, output=(30, 60)), Size(3, (50, 120), (8, 16))


def measure(options: Options) -> list[Figure]:
    """Return the number of different tokens of every configuration."""
    figures = []
    for architecture in sorted(ARCHITECTURES):
        with TemporaryDirectory() as folder:
            figures.append(compare(architecture, str(make_model(Path(folder), architecture)), TINY))
    return [*figures, compare(DEFAULT_MODEL, DEFAULT_MODEL, QUICK_REAL if options.quick else REAL)]


def compare(name: str, model: str, size: Size) -> Figure:
    """Write the same texts both ways; each has weights of its own, which the engine may arrange as it likes."""
    heat, briefs = Heat(model, size, SLOTS), draw(size, encoder(model))
    with ours(heat) as write:
        found = write(briefs)
    with one_by_one(heat) as write:
        expected = write(briefs)
    count = float(different(expected, found))
    return Figure(f"parity {name}: different tokens", f"{size} at once, float32", (count,), "", Target(0, upper=True))
