"""Greedy and sampled decoding: one prefill of the prompt, then all variants a token at a time."""

from collections.abc import Iterator

import torch
from torch import Tensor
from transformers import DynamicCache

from generation.engine.loading import LoadedModel
from generation.engine.sampling import choose
from generation.engine.types import Decoding
from generation.engine.variant import Variant
from generation.engine.watch import Watch

# Tokens of the prompt between two looks at the watch; about a second on two cores with a model of 500M parameters.
PREFILL_CHUNK = 512


def decode(model: LoadedModel, prompt: list[int], variants: list[Variant], *, decoding: Decoding, watch: Watch) -> None:
    """Carry every variant to its end.

    All rows have the same length at every step, so nothing is padded; a row that ends leaves the batch.
    """
    device = model.network.device
    cache = DynamicCache(config=model.network.config)
    logits = None
    for chunk in torch.split(torch.tensor([prompt], device=device), PREFILL_CHUNK, dim=1):
        if end_all(variants, watch):
            return
        logits = forward(model, chunk, cache)
    if logits is None:
        return
    if len(variants) > 1:
        cache.batch_repeat_interleave(len(variants))
    logits = logits.expand(len(variants), -1)
    seen = torch.tensor([prompt], device=device).expand(len(variants), -1)
    active = variants
    while not end_all(active, watch):
        tokens, logprobs = choose(logits, seen, decoding, [variant.generator for variant in active])
        for variant, token, logprob in zip(active, tokens.tolist(), logprobs.tolist(), strict=True):
            variant.take(token, logprob)
        rows = list(still_open(active))
        if not rows:
            return
        seen = torch.cat([seen, tokens[:, None]], dim=1)
        if len(rows) < len(active):
            kept = torch.tensor(rows, device=device)
            cache.batch_select_indices(kept)
            seen, active = seen[kept], [active[row] for row in rows]
        logits = forward(model, seen[:, -1:], cache)


def forward(model: LoadedModel, tokens: Tensor, cache: DynamicCache) -> Tensor:
    """Run the network over `tokens` [rows, new], growing the cache; return the last logits [rows, vocabulary]."""
    output = model.network(input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=1)
    logits: Tensor = output.logits[:, -1]
    return logits


def end_all(variants: list[Variant], watch: Watch) -> bool:
    """End the variants if the watch says so, and return whether it did."""
    reason = watch.reason()
    if reason is not None:
        for variant in variants:
            variant.end(reason)
    return reason is not None


def still_open(variants: list[Variant]) -> Iterator[int]:
    """Return the rows that have not ended."""
    return (row for row, variant in enumerate(variants) if variant.finish_reason is None)
