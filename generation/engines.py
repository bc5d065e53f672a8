"""Callables that settings.GENERATION_ENGINE may name. Only a worker imports this module: it brings torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from generation.engine.catalogue import DEFAULT_MODEL, fetch, resolve
from generation.engine.errors import WeightsMissing
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Engine


def transformers_engine(model: str, models_dir: Path, say: Callable[[str], None]) -> Engine:
    """Find the weights, check and load them. The default model is fetched when it is missing; others are opt-in."""
    try:
        folder = resolve(model, models_dir)
    except WeightsMissing:
        if model != DEFAULT_MODEL:
            raise
        folder = fetch(model, models_dir, say)
    return TransformersEngine.load(folder)
