"""Attention over slots: tokens of many texts stand in one row, and each sees the keys of its own slot alone.

The networks of transformers call whatever is registered under their `attn_implementation`, with all that the caller of
the network passes by keyword. So one step of the engine is one call with `batch=`, for every architecture. Without a
batch (beam search) the call is transformers' own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from generation.engine.kv_cache import KVCache

IMPLEMENTATION = "slots"


class Batch(Protocol):
    """The tokens of one step, as the layers need them."""

    def attend(
        self, layer: int, query: Tensor, key: Tensor, value: Tensor, *, scaling: float, window: int | None
    ) -> Tensor:
        """Keep `key` and `value` [tokens, key heads, size]; return `query` [tokens, heads, size] attended."""


@dataclass(frozen=True, slots=True)
class Span:
    """`count` tokens of the text in `slot`, the first of them at position `start`."""

    slot: int
    start: int
    count: int

    @property
    def positions(self) -> range:
        return range(self.start, self.start + self.count)


class SpanBatch:
    """Spans of any length, one call of the kernel each.

    No text is padded to the length of another, so what a text's numbers are does not depend on its neighbours.
    """

    def __init__(self, cache: KVCache, spans: Sequence[Span]) -> None:
        device = cache.layers[0][0].device
        self._cache = cache
        self._spans = spans
        self._counts = [span.count for span in spans]
        self._slots = torch.tensor([span.slot for span in spans for _ in range(span.count)], device=device)
        self.positions = torch.tensor([place for span in spans for place in span.positions], device=device)

    def attend(
        self, layer: int, query: Tensor, key: Tensor, value: Tensor, *, scaling: float, window: int | None
    ) -> Tensor:
        """See Batch."""
        keys, values = self._cache.layers[layer]
        keys[self._slots, :, self.positions] = key
        values[self._slots, :, self.positions] = value
        attended = []
        for span, rows in zip(self._spans, torch.split(query, self._counts), strict=True):
            end = span.start + span.count
            first = max(0, span.start + 1 - window) if window else 0
            own = slice(span.slot, span.slot + 1)
            attend_one = attend_token if span.count == 1 else attend_chunk
            attended.append(attend_one(rows, keys[own, :, first:end], values[own, :, first:end], scaling, window))
        return torch.cat(attended)


def attend_token(query: Tensor, keys: Tensor, values: Tensor, scaling: float, window: int | None) -> Tensor:
    """Return `query` [1, heads, size] attended over `keys` and `values` [1, key heads, positions, size], all of them.

    The query heads that share a key head stand as its rows, so that no key is copied.
    """
    rows = query.view(1, keys.shape[1], -1, query.shape[2])
    return scaled_dot_product_attention(rows, keys, values, scale=scaling).view(query.shape)


def attend_chunk(query: Tensor, keys: Tensor, values: Tensor, scaling: float, window: int | None) -> Tensor:
    """Return `query` [tokens, heads, size] attended; its last token stands at the last of `keys`' positions."""
    tokens, positions = query.shape[0], keys.shape[2]
    own = torch.arange(positions - tokens, positions, device=query.device)[:, None]
    other = torch.arange(positions, device=query.device)[None, :]
    seen = other <= own
    if window:
        seen &= other > own - window
    groups = query.shape[1] // keys.shape[1]
    attended = scaled_dot_product_attention(
        query.transpose(0, 1)[None],
        keys.repeat_interleave(groups, dim=1),
        values.repeat_interleave(groups, dim=1),
        attn_mask=seen,
        scale=scaling,
    )
    return attended[0].transpose(0, 1)


def attend_by_slots(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float,
    sliding_window: int | None = None,
    batch: Batch | None = None,
    **more: Any,
) -> tuple[Tensor, Tensor | None]:
    """What transformers calls; tensors are [1, heads, tokens, size], the answer [1, tokens, heads, size]."""
    if batch is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **more)
    tokens_first = [tensor[0].transpose(0, 1) for tensor in (query, key, value)]
    attended = batch.attend(module.layer_idx, *tokens_first, scaling=scaling, window=sliding_window)
    return attended[None], None


AttentionInterface.register(IMPLEMENTATION, attend_by_slots)
AttentionMaskInterface.register(IMPLEMENTATION, sdpa_mask)
