"""Decoding on a GPU: one token of every slot at once, in shapes that never change, recorded as CUDA graphs.

A GPU is kept waiting by many small calls, and computes what nobody asked for at no cost. So here, other than on a CPU,
all slots take part in every step, those without a text as well, and all are as long as the longest (rounded up).
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from generation.engine.kv_cache import KVCache
from generation.engine.loading import LoadedModel
from generation.engine.slots import Row

SHORTEST = 256  # positions; a graph is recorded for this length, twice of it, and so on
NO_MASK = torch.ones((1, 1, 1, 1), dtype=torch.bool)


class DenseBatch:
    """One token for every slot, slot 0 first; `positions` [slots] may change between calls, `reach` may not."""

    def __init__(self, cache: KVCache, positions: Tensor, reach: int) -> None:
        self._cache = cache
        self._positions = positions
        self._slots = torch.arange(cache.slots, device=positions.device)
        self._places = torch.arange(reach, device=positions.device)

    def attend(
        self, layer: int, query: Tensor, key: Tensor, value: Tensor, *, scaling: float, window: int | None
    ) -> Tensor:
        """See attention.Batch."""
        keys, values = self._cache.layers[layer]
        keys[self._slots, :, self._positions] = key
        values[self._slots, :, self._positions] = value
        reach = len(self._places)
        seen = self._places <= self._positions[:, None]
        if window:
            seen &= self._places > self._positions[:, None] - window
        seen |= self._positions[:, None] >= self._cache.length  # no text there, but no softmax over nothing either
        slots, _, size = query.shape
        attended = scaled_dot_product_attention(
            query.view(slots, keys.shape[1], -1, size),
            keys[:, :, :reach],
            values[:, :, :reach],
            attn_mask=seen[:, None, None, :],
            scale=scaling,
        )
        return attended.reshape(query.shape)


class DenseDecoder:
    """The decode step of one network over all slots of one cache."""

    def __init__(self, model: LoadedModel, cache: KVCache) -> None:
        device = model.network.device
        self._network: Any = model.network
        self._cache = cache
        self._tokens = torch.zeros((1, cache.slots), dtype=torch.long, device=device)
        self._positions = torch.zeros((1, cache.slots), dtype=torch.long, device=device)
        self._graphs: dict[int, tuple[Any, Tensor]] = {}

    def decode(self, rows: Sequence[Row]) -> Tensor:
        """Feed each row its last token; return the next logits [rows, vocabulary]."""
        tokens, positions = [0] * self._cache.slots, [self._cache.length] * self._cache.slots
        for row in rows:
            tokens[row.slot], positions[row.slot] = row.last_token or 0, row.length
        self._tokens.copy_(torch.tensor([tokens]))
        self._positions.copy_(torch.tensor([positions]))
        reach = SHORTEST
        while reach <= max(row.length for row in rows):
            reach *= 2
        logits = self._logits(min(reach, self._cache.length))
        return logits[torch.tensor([row.slot for row in rows], device=logits.device)]

    def _logits(self, reach: int) -> Tensor:
        if self._tokens.device.type != "cuda":
            return self._forward(reach)
        if reach not in self._graphs:
            self._graphs[reach] = self._record(reach)
        graph, logits = self._graphs[reach]
        graph.replay()
        return logits

    def _record(self, reach: int) -> tuple[Any, Tensor]:
        """Record the step as a graph over this object's own tensors; the first call outside it warms up the kernels."""
        stream: Any = torch.cuda.Stream
        beside = stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            self._forward(reach)
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            logits = self._forward(reach)
        return graph, logits

    def _forward(self, reach: int) -> Tensor:
        logits: Tensor = self._network(
            input_ids=self._tokens,
            position_ids=self._positions,
            attention_mask=NO_MASK,
            use_cache=False,
            batch=DenseBatch(self._cache, self._positions[0], reach),
        ).logits
        return logits[0]
