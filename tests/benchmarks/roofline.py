"""The least time that a device needs for a workload, from rates that it shows itself."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoModelForCausalLM, LlamaConfig

from tests.benchmarks.workload import Size, draw_lengths

BYTES = 2  # bfloat16


@dataclass(frozen=True, slots=True)
class Rates:
    """What the device reaches: bytes read and written a second, floating-point operations a second."""

    copy: float
    matmul: float


def measure_rates() -> Rates:
    """Copy 2 GiB and multiply two 8192 × 8192 matrices of bfloat16; the best of ten counts."""
    source = torch.empty(2**30, dtype=torch.bfloat16, device="cuda")
    target = torch.empty_like(source)
    square = torch.randn(8192, 8192, dtype=torch.bfloat16, device="cuda")
    copy = 2 * source.nbytes / best(lambda: target.copy_(source))
    return Rates(copy, 2 * 8192**3 / best(lambda: square @ square))


def best(work: Callable[[], object]) -> float:
    """Return the seconds of the fastest of ten runs."""
    seconds = []
    for _ in range(12):
        torch.cuda.synchronize()
        started = time.perf_counter()
        work()
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - started)
    return min(seconds[2:])


def least_seconds(config: LlamaConfig, size: Size, slots: int, rates: Rates) -> float:
    """Return the prefill of each brief once by its operations, and decoding by the larger of bytes and operations.

    Decoding reads all weights a step with every slot in use, and every step the keys and values of each text.
    """
    weights = matrix_parameters(config)
    head = config.head_dim or config.hidden_size // config.num_attention_heads
    layers, kv_heads = config.num_hidden_layers, config.num_key_value_heads or config.num_attention_heads
    lengths = draw_lengths(size)
    prompts, tokens = sum(prompt for prompt, _ in lengths), size.variants * sum(output for _, output in lengths)
    read = size.variants * sum(prompt * output + output**2 / 2 for prompt, output in lengths)
    moved = BYTES * (weights * tokens / slots + 2 * layers * kv_heads * head * read)
    operations = 2 * weights * tokens + 4 * layers * config.num_attention_heads * head * read
    # Only the last position of a prompt goes through the head of the vocabulary.
    prefill = 2 * (weights - config.vocab_size * config.hidden_size) * prompts
    return prefill / rates.matmul + max(moved / rates.copy, operations / rates.matmul)


def matrix_parameters(config: LlamaConfig) -> int:
    """Return how many weights every token is multiplied with; a table of embeddings that is only looked up is none."""
    auto: Any = AutoModelForCausalLM
    with torch.device("meta"):
        network = auto.from_config(config)
    parameters: Sequence[torch.Tensor] = list(network.parameters())
    looked_up = 0 if config.tie_word_embeddings else config.vocab_size * config.hidden_size
    return sum(parameter.numel() for parameter in parameters) - looked_up
