"""The engine sets itself up for the machine, and what it sets up computes what was loaded."""

from pathlib import Path

import pytest
import torch
from torch import nn

from generation.engine import tuning
from generation.engine.errors import ModelUnavailable
from generation.engine.packed_linear import PackedLinear
from generation.engine.transformers_engine import TransformersEngine
from tests.generation.engine.conftest import ask, run


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(64, 48), (576, 1536), (1536, 576)])
def test_a_packed_row_is_the_same_whatever_stands_beside_it(dtype: torch.dtype, shape: tuple[int, int]) -> None:
    linear = nn.Linear(*shape).to(dtype)
    packed = PackedLinear(linear)
    rows = torch.randn(70, shape[0], dtype=dtype, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        together = packed(rows)
        assert torch.allclose(together, linear(rows), atol=1e-4 if dtype is torch.float32 else 0.05)
        for count in (1, 2, 3, 4, 5, 16, 33):
            assert torch.equal(packed(rows[:count]), together[:count])
        assert packed(rows[None, :0]).shape == (1, 0, shape[1])


def test_the_number_of_threads_is_measured(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr(tuning, "cores", lambda: 4)
    monkeypatch.setattr(tuning, "seconds_of", lambda layers, rows, threads: {1: 1.0, 2: 0.6, 4: 0.59}[threads])
    try:
        assert TransformersEngine.load(tiny_folder, device="cpu").info.threads == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("faster", [torch.float32, torch.bfloat16])
def test_the_fastest_number_format_is_measured(
    faster: torch.dtype, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seconds_of(layers: list[PackedLinear], rows: int, threads: int) -> float:
        return 1.0 if layers[0].dtype is faster else 2.0

    monkeypatch.setattr(tuning, "seconds_of", seconds_of)
    engine = TransformersEngine.load(tiny_folder, device="cpu", dtype="fastest")
    assert engine.info.dtype == str(faster).removeprefix("torch.")
    assert run(engine, ask())[0].completion_tokens


def test_an_unknown_number_format_is_refused(tiny_folder: Path) -> None:
    with pytest.raises(ModelUnavailable, match="float32, bfloat16, fastest"):
        TransformersEngine.load(tiny_folder, device="cpu", dtype="float8")
