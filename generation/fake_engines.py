"""Engines without a model, for tests and for demonstrations of failure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from generation.engine.fake import FakeEngine
from generation.engine.types import Engine
from generation.served_models import ServedModel


def fake_engine(served: ServedModel, models_dir: Path, say: Callable[[str], None]) -> Engine:
    return FakeEngine(model=served.name, slots=settings.PORTAL_SLOTS)


def slow_fake_engine(served: ServedModel, models_dir: Path, say: Callable[[str], None]) -> Engine:
    """About a minute a run: long enough to reload, cancel and kill."""
    return FakeEngine(model=served.name, slots=settings.PORTAL_SLOTS, delay_per_token=0.5, never_ends=True)
