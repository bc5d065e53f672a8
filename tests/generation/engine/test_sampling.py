"""Filters keep the tokens that transformers' own keep, and draws follow the distribution."""

import pytest
import torch
from transformers import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from generation.engine import sampling
from generation.engine.sampling import choose, generator_for, penalise
from generation.engine.types import Decoding

NOTHING_SEEN = torch.zeros((1, 0), dtype=torch.long)


def expected_distribution(logits: torch.Tensor, decoding: Decoding) -> torch.Tensor:
    """Return the probabilities after transformers' warpers, in their order."""
    scores = TemperatureLogitsWarper(decoding.temperature)(NOTHING_SEEN, logits)
    if decoding.top_k:
        scores = TopKLogitsWarper(decoding.top_k)(NOTHING_SEEN, scores)
    if decoding.top_p < 1:
        scores = TopPLogitsWarper(decoding.top_p)(NOTHING_SEEN, scores)
    distribution: torch.Tensor = scores.softmax(dim=-1)[0]
    return distribution


@pytest.mark.parametrize(
    "decoding",
    [
        Decoding(temperature=1.0, top_p=1.0),
        Decoding(temperature=0.6, top_p=1.0, top_k=7),
        Decoding(temperature=1.3, top_p=0.8),
        Decoding(temperature=1.3, top_p=0.7, top_k=12),
        Decoding(temperature=1.0, top_p=0.999),
        Decoding(temperature=1.0, top_p=1.0, top_k=5000),
    ],
    ids=str,
)
@pytest.mark.parametrize("width", [8, 1024])
def test_draws_follow_the_filtered_distribution(
    decoding: Decoding, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "NUCLEUS_WIDTH", width)
    logits = torch.randn((1, 60), generator=torch.Generator().manual_seed(3)) * 2
    rows = 20_000
    generators = [torch.Generator().manual_seed(row) for row in range(rows)]
    tokens, logprobs = choose(logits.expand(rows, -1), NOTHING_SEEN.expand(rows, -1), decoding, generators)
    expected = expected_distribution(logits, decoding)
    shares = torch.bincount(tokens, minlength=60) / rows
    assert not bool(shares[expected == 0].any())
    assert torch.allclose(shares, expected, atol=0.015)
    assert torch.allclose(logprobs, logits.log_softmax(-1)[0, tokens], atol=1e-5)


def test_penalty_is_that_of_transformers() -> None:
    logits = torch.randn((3, 50), generator=torch.Generator().manual_seed(1))
    seen = torch.tensor([[1, 1, 4], [7, 8, 9], [0, 49, 0]])
    assert torch.equal(penalise(logits, seen, 1.4), RepetitionPenaltyLogitsProcessor(1.4)(seen, logits.clone()))
    assert penalise(logits, seen, 1.0) is logits


def test_the_best_token_survives_the_smallest_nucleus() -> None:
    logits = torch.randn((1, 60), generator=torch.Generator().manual_seed(3))
    tokens, _ = choose(logits, NOTHING_SEEN, Decoding(top_p=0.001, temperature=5), [generator_for(0, 0)])
    assert tokens.item() == logits.argmax().item()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("strategy", ["greedy", "sample"])
def test_a_row_with_invalid_logits_is_marked_and_the_others_are_not(value: float, strategy: str) -> None:
    logits = torch.zeros((2, 9))
    logits[1, 3] = value
    decoding = Decoding("greedy") if strategy == "greedy" else Decoding()
    _, logprobs = choose(logits, NOTHING_SEEN.expand(2, -1), decoding, [generator_for(0, 0), generator_for(0, 1)])
    assert logprobs.isnan().tolist() == [False, True]


def test_impossible_tokens_are_never_drawn() -> None:
    logits = torch.full((1, 9), -torch.inf)
    logits[0, 4] = 0.0
    tokens, logprobs = choose(logits, NOTHING_SEEN, Decoding(top_p=1.0), [generator_for(1, 0)])
    assert (tokens.item(), logprobs.item()) == (4, 0.0)


def test_each_seed_and_variant_has_its_own_numbers() -> None:
    draws = {torch.rand(1, generator=generator_for(seed, variant)).item() for seed in range(20) for variant in range(8)}
    assert len(draws) == 160
    again = [torch.rand(1, generator=generator_for(2**63 - 1, 3)).item() for _ in range(2)]
    assert again[0] == again[1]
