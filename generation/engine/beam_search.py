"""Beam search, left to transformers' `generate`. Nothing is streamed: each text comes whole at the end."""

import math
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache, GenerationConfig, StoppingCriteria, StoppingCriteriaList

from generation.engine.errors import IMPOSSIBLE, InvalidLogits
from generation.engine.loading import LoadedModel
from generation.engine.types import Decoding, FinishReason
from generation.engine.variant import Variant
from generation.engine.watch import Watch

# Positions whose distributions over the whole vocabulary are held at once.
MEASURE_CHUNK = 128


def search(model: LoadedModel, prompt: list[int], variants: list[Variant], *, decoding: Decoding, watch: Watch) -> None:
    """Give each variant one of the best beams, likeliest first.

    A stop string does not end the search, it cuts the text afterwards. After cancellation or the deadline the texts are
    the best beams so far.
    """
    halt = Halt(watch)
    settings: Any = GenerationConfig
    network: Any = model.network
    sequences: Tensor = network.generate(
        torch.tensor([prompt], device=network.device),
        attention_mask=torch.ones(1, len(prompt), dtype=torch.long, device=network.device),
        generation_config=settings(
            do_sample=False,
            num_beams=decoding.num_beams,
            num_return_sequences=len(variants),
            max_new_tokens=decoding.max_tokens,
            repetition_penalty=decoding.repetition_penalty,
            length_penalty=1.0,
            early_stopping=False,
            no_repeat_ngram_size=0,
            eos_token_id=sorted(model.end_tokens),
            pad_token_id=min(model.end_tokens),
        ),
        stopping_criteria=StoppingCriteriaList([halt]),
    )
    for variant, sequence in zip(variants, sequences, strict=True):
        logprobs = measure(model, sequence)[len(prompt) - 1 :]
        if not all(map(math.isfinite, logprobs)):
            raise InvalidLogits(IMPOSSIBLE)
        for token, logprob in zip(sequence[len(prompt) :].tolist(), logprobs, strict=True):
            if variant.finish_reason is None:
                variant.take(token, logprob)
        if variant.finish_reason is None:
            variant.end(halt.reason or "length")


def measure(model: LoadedModel, sequence: Tensor) -> list[float]:
    """Return the natural log-probability of each token of `sequence` but the first, given those before it."""
    cache = DynamicCache(config=model.network.config)
    logprobs: list[float] = []
    chunks = torch.split(sequence[:-1], MEASURE_CHUNK)
    for chunk, following in zip(chunks, torch.split(sequence[1:], MEASURE_CHUNK), strict=True):
        output = model.network(input_ids=chunk[None], past_key_values=cache, use_cache=True)
        distribution = output.logits[0].float().log_softmax(dim=-1)
        logprobs += distribution.gather(1, following[:, None]).squeeze(1).tolist()
    return logprobs


class Halt(StoppingCriteria):
    """Ends the search when the watch says so, and keeps the reason."""

    def __init__(self, watch: Watch) -> None:
        self.reason: FinishReason | None = None
        self._watch = watch

    def __call__(self, input_ids: Tensor, scores: Tensor, **kwargs: object) -> Tensor:
        """Return one verdict a row."""
        self.reason = self.reason or self._watch.reason()
        return torch.full((input_ids.shape[0],), self.reason is not None, dtype=torch.bool, device=input_ids.device)
