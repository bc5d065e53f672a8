"""Keys and values of everything that is being written, allocated once."""

import os

import torch
from torch import Tensor
from transformers import PreTrainedConfig

SHARE_OF_MEMORY = 0.25  # of the machine's; pages that no text has reached yet cost nothing
SHARE_OF_DEVICE = 0.8  # of what the weights leave free on a CUDA device


class KVCache:
    """For each layer two tensors [slots, key heads, length + 1, head size]; a slot holds a text from position 0 on.

    The position behind the last belongs to no text: whoever has nothing to keep writes there.
    """

    def __init__(self, config: PreTrainedConfig, *, slots: int, length: int, device: torch.device, dtype: torch.dtype):
        heads, size = shape_of(config)
        # Dense decoding multiplies what lies behind a text's end by zero, so no NaN may lie there.
        allocate = torch.zeros if device.type == "cuda" else torch.empty
        self.slots = slots
        self.length = length
        self.layers: list[tuple[Tensor, Tensor]] = [
            (
                allocate((slots, heads, length + 1, size), device=device, dtype=dtype),
                allocate((slots, heads, length + 1, size), device=device, dtype=dtype),
            )
            for _ in range(config.num_hidden_layers)
        ]

    def copy(self, source: int, target: int, length: int) -> None:
        """Give `target` the first `length` positions of `source`."""
        for pair in self.layers:
            for tensor in pair:
                tensor[target, :, :length] = tensor[source, :, :length]

    def clear(self, slot: int) -> None:
        """Forget a slot whose numbers are not to be trusted."""
        for pair in self.layers:
            for tensor in pair:
                tensor[slot].zero_()


def affordable_length(config: PreTrainedConfig, *, slots: int, device: torch.device, dtype: torch.dtype) -> int:
    """Return how many positions a slot may have: the model's context, or less where the memory ends before."""
    heads, size = shape_of(config)
    per_position = 2 * config.num_hidden_layers * heads * size * dtype.itemsize
    if device.type == "cuda":
        budget = SHARE_OF_DEVICE * torch.cuda.mem_get_info(device)[0]
    else:
        budget = SHARE_OF_MEMORY * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(int(config.max_position_embeddings), max(1, int(budget / (slots * per_position))))


def shape_of(config: PreTrainedConfig) -> tuple[int, int]:
    """Return (key heads, head size)."""
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return int(config.num_key_value_heads), int(size)
