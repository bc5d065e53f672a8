"""Engines without a model, for tests and for demonstrations of failure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from generation.engine.fake import FakeEngine
from generation.engine.types import Engine


def fake_engine(model: str, models_dir: Path, say: Callable[[str], None]) -> Engine:
    return FakeEngine()


def slow_fake_engine(model: str, models_dir: Path, say: Callable[[str], None]) -> Engine:
    """About a minute a run: long enough to reload, cancel and kill."""
    return FakeEngine(delay_per_token=0.5, never_ends=True)
