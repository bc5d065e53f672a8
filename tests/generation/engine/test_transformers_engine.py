"""What a caller sees of the engine, on a tiny random model."""

from pathlib import Path

import pytest
import torch

from generation.engine.errors import HashMismatch, ModelUnavailable, WeightsMissing
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Delta, Engine
from generation.engine.weights import ModelFolder, measure
from tests.generation.engine.conftest import SAMPLED, ask, run
from tests.generation.engine.tiny import LINES


def test_it_is_an_engine(engine: TransformersEngine) -> None:
    typed: Engine = engine
    assert typed.info.context_length == 256
    assert typed.info.device == "cpu"
    assert typed.info.dtype == "float32"
    assert typed.info.versions["torch"] == torch.__version__


def test_the_seed_decides(engine: TransformersEngine) -> None:
    again, other = run(engine, ask(SAMPLED, seed=1)), run(engine, ask(SAMPLED, seed=2))
    assert run(engine, ask(SAMPLED, seed=1)) == again
    assert other[0].text != again[0].text


def test_the_pieces_joined_are_the_text_and_counts_grow(engine: TransformersEngine) -> None:
    deltas: list[Delta] = []
    results = run(engine, ask(SAMPLED, text=LINES[2], variants=3), deltas)
    for result in results:
        mine = [delta for delta in deltas if delta.variant == result.variant]
        assert "".join(delta.text for delta in mine) == result.text
        counts = [delta.tokens for delta in mine]
        assert counts == sorted(counts)
        assert counts[-1] <= result.completion_tokens <= 40


def test_a_closed_engine_says_so(tiny_folder: Path) -> None:
    engine = TransformersEngine.load(tiny_folder, device="cpu")
    engine.close()
    with pytest.raises(ModelUnavailable, match="closed"):
        run(engine, ask())


def test_the_registrys_digest_must_be_the_folders(tiny_folder: Path) -> None:
    digest = measure(tiny_folder, ModelFolder.at(tiny_folder).description).digest
    assert TransformersEngine.load(tiny_folder, digest=digest, device="cpu").info.digest == digest
    with pytest.raises(HashMismatch, match="tiny"):
        TransformersEngine.load(tiny_folder, digest="0" * 64, device="cpu")


def test_a_missing_folder_is_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing):
        TransformersEngine.load(tmp_path / "nowhere")
