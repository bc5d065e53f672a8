"""Tokens a second on a GPU with random weights, against the device's own limits and transformers."""

import torch

from tests.benchmarks.console import Options, say
from tests.benchmarks.contest import run
from tests.benchmarks.models import SHAPES, shape
from tests.benchmarks.roofline import Rates, least_seconds, measure_rates
from tests.benchmarks.table import Figure, Target, not_taken
from tests.benchmarks.workload import Heat, Size

SLOTS = 256
ROUNDS = 3
FULL, QUICK = Size(256, variants=4), Size(16, output=(8, 24), variants=4)
PEER = "continuous batching"
OF_ROOFLINE, OVER_PEER = Target(0.6), Target(5.0)


def measure(options: Options) -> list[Figure]:
    """Return the share of the roofline and the ratio to the peer for every shape."""
    size = QUICK if options.quick else FULL
    work = f"{size}, {SLOTS} slots, bfloat16, random weights"
    if not torch.cuda.is_available():
        return [
            not_taken(f"GPU {name}: {what}", work, target, "no CUDA device")
            for name in SHAPES
            for what, target in (("share of the roofline", OF_ROOFLINE), (f"ours / {PEER}", OVER_PEER))
        ]
    rates = measure_rates()
    torch.cuda.empty_cache()
    say(f"copy {rates.copy / 1e9:.0f} GB/s, matmul {rates.matmul / 1e12:.0f} TFLOP/s")
    figures = [
        Figure("GPU: copy", "2 GiB", (rates.copy / 1e9,), "GB/s"),
        Figure("GPU: matmul", "8192³ bfloat16", (rates.matmul / 1e12,), "TFLOP/s"),
    ]
    for name in list(SHAPES)[:1] if options.quick else SHAPES:
        figures += of_shape(name, size, work, rates, options)
    return figures


def of_shape(name: str, size: Size, work: str, rates: Rates, options: Options) -> list[Figure]:
    """Return the figures of one shape, in alternating rounds."""
    best = least_seconds(shape(name), size, SLOTS, rates)
    rounds = [
        [run(Heat(name, size, SLOTS, contestant, device="cuda")) for contestant in ("ours", PEER)]
        for _ in range(1 if options.quick else ROUNDS)
    ]
    shares = tuple(best / ours.wall_seconds for ours, _ in rounds)
    ratios = tuple(ours.per_second / peer.per_second for ours, peer in rounds)
    return [
        Figure(f"GPU {name}: ours", work, tuple(ours.per_second for ours, _ in rounds), "tokens/s"),
        Figure(f"GPU {name}: {PEER} on SDPA", work, tuple(peer.per_second for _, peer in rounds), "tokens/s"),
        Figure(f"GPU {name}: share of the roofline", work, shares, target=OF_ROOFLINE),
        Figure(f"GPU {name}: ours / {PEER}", work, ratios, "×", OVER_PEER),
    ]
