"""One step: which tokens go through the network together, and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.engine.attention import Span, SpanBatch
from generation.engine.job import Job
from generation.engine.kv_cache import KVCache
from generation.engine.loading import LoadedModel
from generation.engine.slots import Row, Slots

# A mask of four dimensions is taken as it is; the batch decides who sees what.
NO_MASK = torch.ones((1, 1, 1, 1), dtype=torch.bool)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a prompt: tokens from `start` on, read into `row`."""

    row: Row
    start: int
    tokens: list[int]

    @property
    def ends_prompt(self) -> bool:
        return self.start + len(self.tokens) == len(self.row.job.prompt)


@dataclass(frozen=True, slots=True)
class Step:
    """One token of each text in `rows`, and pieces of prompts."""

    rows: Sequence[Row]
    chunks: Sequence[Chunk]

    def __bool__(self) -> bool:
        return bool(self.rows or self.chunks)

    @property
    def prefill_tokens(self) -> int:
        return sum(len(chunk.tokens) for chunk in self.chunks)

    @property
    def finished_prompts(self) -> list[Job]:
        return [chunk.row.job for chunk in self.chunks if chunk.ends_prompt]


def plan(slots: Slots, *, chunk: int, budget: int) -> Step:
    """Every text gets a token; prompts share what the budget leaves, and at least one piece goes along.

    A prompt is cut at multiples of `chunk` whatever else is going on, so that its numbers depend on itself alone.
    """
    rows = slots.writing
    left = max(chunk, budget - len(rows))
    chunks: list[Chunk] = []
    for job in slots.jobs:
        start = job.prefilled
        while start < len(job.prompt) and left >= chunk:
            piece = job.prompt[start : start + chunk]
            chunks.append(Chunk(slots.reserved(job)[0], start, piece))
            start += len(piece)
            left -= chunk
    return Step(rows, chunks)


def forward(model: LoadedModel, cache: KVCache, step: Step) -> Tensor:
    """Run the network once; return logits [rows and finished prompts, vocabulary], in that order."""
    spans = [Span(row.slot, row.length, 1) for row in step.rows]
    spans += [Span(chunk.row.slot, chunk.start, len(chunk.tokens)) for chunk in step.chunks]
    tokens = [row.last_token or 0 for row in step.rows]
    wanted = list(range(len(tokens)))
    for chunk in step.chunks:
        tokens += chunk.tokens
        if chunk.ends_prompt:
            wanted.append(len(tokens) - 1)
    batch = SpanBatch(cache, spans)
    device = model.network.device
    logits: Tensor = model.network(
        input_ids=torch.tensor([tokens], device=device),
        position_ids=batch.positions[None],
        attention_mask=NO_MASK,
        use_cache=False,
        logits_to_keep=torch.tensor(wanted, dtype=torch.long, device=device),
        batch=batch,
    ).logits
    return logits[0]
