"""The engine on a CUDA device: recorded steps write what plain ones write. Skipped where there is no such device."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from generation.engine.allowlist import ARCHITECTURES
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Decoding
from tests.generation.engine.conftest import ask, run
from tests.generation.engine.tiny import LINES, make_model

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_greedy_texts_are_those_of_the_cpu(architecture: str, tmp_path: Path) -> None:
    folder = make_model(tmp_path, architecture)
    there = TransformersEngine.load(folder, device="cuda", dtype="float32")
    here = TransformersEngine.load(folder, device="cpu")
    for text in LINES:
        request = ask(Decoding("greedy", max_tokens=60), text=text, variants=3)
        assert [result.text for result in run(there, request)] == [result.text for result in run(here, request)]


def test_many_texts_share_the_slots_in_bfloat16(tmp_path: Path) -> None:
    engine = TransformersEngine.load(make_model(tmp_path, "llama"), device="cuda", slots=64)
    requests = [ask(Decoding(max_tokens=40), text=LINES[seed % 4], seed=seed, variants=4) for seed in range(40)]
    with ThreadPoolExecutor(len(requests)) as threads:
        results = list(threads.map(lambda request: run(engine, request), requests))
    assert engine.info.dtype == "bfloat16"
    assert all(result.completion_tokens for run_results in results for result in run_results)
    assert engine.counters().slots_in_use == 0
