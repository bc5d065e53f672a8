"""Engines for the stories; settings.GENERATION_ENGINE names them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from generation.engine.fake import FakeEngine
from generation.engine.types import Engine
from generation.served_models import ServedModel


def steady_engine(served: ServedModel, models_dir: Path, say: Callable[[str], None]) -> Engine:
    """Two to six seconds a run: long enough to be killed in the middle, short enough to wait for."""
    return FakeEngine(model=served.name, delay_per_token=0.1)
