"""Models and requests for the engine's tests; none of them needs Django."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from generation.engine.catalogue import DEFAULT_MODEL, default_models_dir, fetch
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Decoding, Delta, GenerationRequest, Message, Result
from generation.engine.weights import ModelFolder, measure
from tests.generation.engine.tiny import LINES, make_model

SAMPLED = Decoding("sample", temperature=1.0, top_p=0.95, repetition_penalty=1.1, max_tokens=40)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama on disk; tests that change it copy it first."""
    return make_model(tmp_path_factory.mktemp("models") / "tiny", "llama")


@pytest.fixture(scope="session")
def engine(tiny_folder: Path) -> TransformersEngine:
    """The engine on the random Llama."""
    return TransformersEngine.load(tiny_folder, device="cpu")


@pytest.fixture(scope="session")
def real_model() -> ModelFolder:
    """The default model, from PORTAL_TEST_MODELS or var/models, fetched where it is missing."""
    models = Path(os.environ.get("PORTAL_TEST_MODELS") or default_models_dir())
    return fetch(DEFAULT_MODEL, models, print)


def ask(
    decoding: Decoding | None = None,
    *,
    text: str = LINES[0],
    seed: int = 7,
    variants: int = 1,
    deadline: float | None = None,
) -> GenerationRequest:
    """Return a request for the text."""
    return GenerationRequest(
        request_id="test",
        messages=(Message("user", text),),
        decoding=decoding or Decoding(max_tokens=40),
        seed=seed,
        variants=variants,
        deadline_seconds=deadline,
    )


def run(engine: TransformersEngine, request: GenerationRequest, deltas: list[Delta] | None = None) -> list[Result]:
    """Carry the request out without cancelling it."""
    collect = deltas.append if deltas is not None else lambda delta: None
    return engine.generate(request, on_delta=collect, cancelled=lambda: False)


def counting(answers_false: int) -> Callable[[], bool]:
    """Return a `cancelled` that is true from the given call on."""
    asked = iter(range(10**6))
    return lambda: next(asked) >= answers_false


def without_end(engine: TransformersEngine, slots: int = 16) -> TransformersEngine:
    """Return an engine on the same weights whose texts end at `max_tokens` alone."""
    assert engine._model is not None
    model = replace(engine._model, end_tokens=frozenset())
    folder = ModelFolder.at(Path(str(model.network.name_or_path)))
    return TransformersEngine(model, measure(folder.path, folder.description), slots=slots)
