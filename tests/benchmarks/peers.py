"""The contestants: each is made for a heat and yields the function that writes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig

from tests.benchmarks.models import ask, load_engine, load_network, tokens_in
from tests.benchmarks.workload import Heat, Wanted

Write = Callable[[Sequence[Wanted]], list[list[int]]]
Contestant = Callable[[Heat], AbstractContextManager[Write]]
PAGES_A_SLOT = 4  # of 256 tokens, the paged cache's default: room for every slot at its longest, and no starving


@contextmanager
def ours(heat: Heat) -> Iterator[Write]:
    """The engine, asked by as many threads as there are briefs."""
    engine = load_engine(heat)

    def write(wanted: Sequence[Wanted]) -> list[list[int]]:
        with ThreadPoolExecutor(len(wanted)) as threads:
            results = list(threads.map(lambda one: ask(engine, one), wanted))
        return [tokens_in(variant.text) for variants in results for variant in variants]

    yield write
    engine.close()


@contextmanager
def one_by_one(heat: Heat) -> Iterator[Write]:
    """transformers' `generate`, one text after the other."""
    network = load_network(heat)

    def write(wanted: Sequence[Wanted]) -> list[list[int]]:
        return [tokens for one in wanted for tokens in generate(network, [one])]

    yield write


@contextmanager
def static_batches(heat: Heat) -> Iterator[Write]:
    """`generate` in batches, sorted by output length: fewer wasted steps than any server could arrange."""
    network = load_network(heat)

    def write(wanted: Sequence[Wanted]) -> list[list[int]]:
        ordered = sorted(wanted, key=lambda one: one.tokens)
        written: dict[int, list[int]] = {}
        for start in range(0, len(ordered), heat.slots):
            batch = ordered[start : start + heat.slots]
            written |= {one.number: tokens for one, tokens in zip(batch, generate(network, batch), strict=True)}
        return [written[one.number] for one in wanted]

    yield write


def generate(network: Any, batch: Sequence[Wanted]) -> list[list[int]]:
    """Return the batch's tokens: padded on the left, run until its longest output, cut to what each one wanted."""
    longest = max(len(one.prompt) for one in batch)
    padding = [longest - len(one.prompt) for one in batch]
    with torch.inference_mode():
        sequences = network.generate(
            torch.tensor([[0] * pad + list(one.prompt) for pad, one in zip(padding, batch, strict=True)]),
            attention_mask=torch.tensor([[0] * pad + [1] * (longest - pad) for pad in padding]),
            max_new_tokens=max(one.tokens for one in batch),
        )
    return [row[longest : longest + one.tokens].tolist() for row, one in zip(sequences, batch, strict=True)]


@contextmanager
def continuous_batching(heat: Heat) -> Iterator[Write]:
    """transformers' own continuous batching on SDPA; other sizes of page and batch measured within 8 %."""
    many, settings, config = heat.size.variants, *any_of(GenerationConfig, ContinuousBatchingConfig)
    sampled = {"do_sample": True, "temperature": 1.0, "top_p": 1.0, "top_k": 0} if many > 1 else {"do_sample": False}
    decoding = settings(eos_token_id=-1, pad_token_id=0, num_return_sequences=many, **sampled)
    fair = config(
        num_blocks=PAGES_A_SLOT * heat.slots,
        max_batch_tokens=max(512, 2 * heat.slots),
        max_requests_per_batch=heat.slots,
        safety_margin=0.0,
        auto_switch_to_flash=False,
    )

    def write(wanted: Sequence[Wanted]) -> list[list[int]]:
        for one in wanted:
            manager.add_request(list(one.prompt), request_id=str(one.number), max_new_tokens=one.tokens)
        written = dict(finished(manager) for _ in range(many * len(wanted)))
        names = [[str(one.number), *(f"{one.number}__child#{i}" for i in range(many - 1))] for one in wanted]
        return [written[name] for group in names for name in group]

    with load_network(heat).continuous_batching_context_manager(decoding, continuous_batching_config=fair) as manager:
        yield write


def any_of(*classes: Any) -> tuple[Any, ...]:
    """Return classes without annotations as callables of any kind."""
    return classes


def finished(manager: Any) -> tuple[str, list[int]]:
    """Wait for the next finished text; raises RuntimeError where there will be none."""
    while True:
        result = manager.get_result(timeout=1)
        if result is None and not manager.is_running():
            raise RuntimeError("transformers' continuous batching stopped")
        if result is not None and result.is_finished():
            if result.error:
                raise RuntimeError(f"transformers' continuous batching failed: {result.error}")
            return result.request_id, result.generated_tokens


CONTESTANTS: dict[str, Contestant] = {
    "ours": ours,
    "one by one": one_by_one,
    "static batches": static_batches,
    "continuous batching": continuous_batching,
}
