"""How the next token of each variant is chosen."""

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor

from generation.engine.types import Decoding

# The nucleus of top_p nearly always lies within this many tokens; sorting a vocabulary of 150,000 costs more than
# the step's matrix products on a small model.
NUCLEUS_WIDTH = 1024


def generator_for(seed: int, variant: int) -> torch.Generator:
    """Return the variant's own source of randomness, the same on every device and for any number of variants."""
    digest = hashlib.sha256(f"{seed}:{variant}".encode()).digest()
    return torch.Generator("cpu").manual_seed(int.from_bytes(digest[:8]) >> 1)


def choose(
    logits: Tensor, seen: Tensor, decoding: Decoding, generators: Sequence[torch.Generator]
) -> tuple[Tensor, Tensor]:
    """Choose a token a row from `logits` [rows, vocabulary]; `seen` [rows, tokens] are prompt and text so far.

    Returns the tokens and their natural log-probabilities under the unchanged logits, both [rows]. Where a row has no
    distribution to choose from, its log-probability is NaN and its token means nothing.
    """
    scores = logits.float()
    normaliser = scores.logsumexp(dim=-1)
    normaliser = normaliser.where(normaliser.isfinite(), torch.nan)
    penalised = penalise(scores, seen, decoding.repetition_penalty)
    if decoding.strategy == "sample":
        tokens = sample(penalised / decoding.temperature, decoding, generators)
    else:
        tokens = penalised.argmax(dim=-1)
    return tokens, scores.gather(1, tokens[:, None]).squeeze(1) - normaliser


def penalise(scores: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Return the scores with those of tokens seen before made less likely (CTRL, Keskar et al. 2019)."""
    if penalty == 1.0:
        return scores
    known = scores.gather(1, seen)
    return scores.scatter(1, seen, torch.where(known < 0, known * penalty, known / penalty))


def sample(scores: Tensor, decoding: Decoding, generators: Sequence[torch.Generator]) -> Tensor:
    """Draw a token a row by inverting the cumulative distribution at one uniform number of the row's generator."""
    probabilities, tokens = candidates(scores, decoding)
    if decoding.top_p < 1:
        before = probabilities.cumsum(dim=-1) - probabilities
        probabilities = probabilities.masked_fill(before >= decoding.top_p, 0)
    cumulative = probabilities.cumsum(dim=-1)
    uniform = torch.stack([torch.rand(1, generator=generator, dtype=torch.float64) for generator in generators])
    drawn = torch.searchsorted(cumulative, uniform.to(cumulative.device) * cumulative[:, -1:], right=True)
    # Rounding can put the draw behind the last token that has any probability.
    last = (probabilities > 0).long().cumsum(dim=-1).argmax(dim=-1, keepdim=True)
    return tokens.gather(1, drawn.minimum(last)).squeeze(1)


def candidates(scores: Tensor, decoding: Decoding) -> tuple[Tensor, Tensor]:
    """Return probabilities (float64) and ids of the tokens in question, [rows, candidates], sorted for top_p."""
    vocabulary = scores.shape[-1]
    if 0 < decoding.top_k < vocabulary:
        best, tokens = scores.topk(decoding.top_k, dim=-1)
        return best.double().softmax(dim=-1), tokens
    if decoding.top_p == 1:
        return scores.double().softmax(dim=-1), torch.arange(vocabulary, device=scores.device).expand_as(scores)
    best, tokens = scores.topk(min(NUCLEUS_WIDTH, vocabulary), dim=-1)
    probabilities = (best.double() - scores.double().logsumexp(dim=-1, keepdim=True)).exp()
    if bool((probabilities.sum(dim=-1) >= decoding.top_p).all()):
        return probabilities, tokens
    best, tokens = scores.sort(dim=-1, descending=True)
    return best.double().softmax(dim=-1), tokens
