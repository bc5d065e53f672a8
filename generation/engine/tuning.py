"""How this machine computes fastest, found by trying."""

import copy
import os
import time
from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import nn
from transformers import PreTrainedModel

from generation.engine import packed_linear
from generation.engine.packed_linear import PackedLinear

# Weights that no cache holds, so that a trial meets the memory as a step does; a small model's are all of them.
WEIGHTS_A_TRIAL = 40_000_000
PASSES = 3
# More threads must save at least this share of the time: they also take it from the rest of the machine.
WORTH = 0.95

Layer = nn.Linear | PackedLinear


def tune(network: PreTrainedModel, *, rows: int, dtype: torch.dtype | None) -> None:
    """Make the network as fast as it gets for steps of `rows` tokens: number format, layout of weights, threads.

    With `dtype` None the faster of float32 and bfloat16 is taken.
    """
    torch.set_num_threads(cores())
    layers: Sequence[Layer] = some_of([module for module in network.modules() if isinstance(module, nn.Linear)])
    if packed_linear.available():
        change_format(network, dtype or fastest_dtype(layers, rows))
        layers = packed_linear.pack(network)
    best = 1
    seconds = {
        threads: seconds_of(some_of(layers), rows, threads) for threads in sorted({1, (cores() + 1) // 2, cores()})
    }
    for threads, took in seconds.items():
        if took < seconds[best] * WORTH:
            best = threads
    torch.set_num_threads(best)


def change_format(network: PreTrainedModel, dtype: torch.dtype) -> None:
    """Give the weights another number format; what is computed from them (rotary frequencies) keeps its own."""
    for weight in network.parameters():
        weight.data = weight.data.to(dtype)


def fastest_dtype(layers: Sequence[Layer], rows: int) -> torch.dtype:
    """Return the number format in which packed layers are faster on this machine."""
    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        packed = [PackedLinear(copy.deepcopy(layer).to(dtype)) for layer in layers if isinstance(layer, nn.Linear)]
        seconds[dtype] = seconds_of(packed, rows, cores())
    return min(seconds, key=lambda dtype: seconds[dtype])


def some_of(layers: Sequence[Layer]) -> Sequence[Layer]:
    """Return the first layers, up to WEIGHTS_A_TRIAL weights."""
    sizes = accumulate(layer.in_features * layer.out_features for layer in layers)
    return [layer for layer, size in zip(layers, sizes, strict=True) if size <= WEIGHTS_A_TRIAL] or layers[:1]


def seconds_of(layers: Sequence[Layer], rows: int, threads: int) -> float:
    """Return the shortest of a few passes of `rows` rows through every layer."""
    torch.set_num_threads(threads)
    inputs = [torch.randn(rows, layer.in_features, dtype=dtype_of(layer)) for layer in layers]
    passes = []
    with torch.inference_mode():
        for _ in range(PASSES):
            began = time.perf_counter()
            for layer, given in zip(layers, inputs, strict=True):
                layer(given)
            passes.append(time.perf_counter() - began)
    return min(passes)


def dtype_of(layer: Layer) -> torch.dtype:
    """Return the number format of the layer's inputs."""
    return layer.weight.dtype if isinstance(layer, nn.Linear) else layer.dtype


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
