"""Callables that settings.GENERATION_ENGINE may name. Only a worker imports this module: it brings torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from generation.engine.catalogue import DEFAULT_MODEL, fetch, resolve
from generation.engine.errors import WeightsMissing
from generation.engine.openai.engine import OpenAIEngine
from generation.engine.transformers_engine import TransformersEngine
from generation.engine.types import Engine
from generation.engine.weights import ModelFolder
from generation.model_server_keys import key_for
from generation.served_models import ServedModel

Say = Callable[[str], None]


def load_engine(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    """The engine of a model on this machine, or one that asks the server that has it."""
    slots = settings.PORTAL_SLOTS
    if served.url:
        return OpenAIEngine(model=served.name, url=served.url, api_key=key_for(served.url), concurrency=slots)
    folder = find_weights(served.reference, models_dir, say)
    return TransformersEngine.load(folder, slots=slots, dtype=settings.PORTAL_DTYPE or None)


def find_weights(reference: str, models_dir: Path, say: Say) -> ModelFolder:
    """The default model is fetched when it is missing; others are opt-in."""
    try:
        return resolve(reference, models_dir)
    except WeightsMissing:
        if reference != DEFAULT_MODEL:
            raise
        return fetch(reference, models_dir, say)
