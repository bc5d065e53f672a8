"""Engines that a worker meets its faults with; settings.GENERATION_ENGINE names them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from generation.engine.fake import FakeEngine
from generation.engine.types import Cancelled, Delta, Engine, GenerationRequest, OnDelta, Result
from generation.served_models import ServedModel

Say = Callable[[str], None]
POISON = "Poison"
DEADLY_TOKENS = 5


class Fragile(FakeEngine):
    """Takes its process along soon after it has begun with a certain prompt, as a bug in a CUDA kernel would."""

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        def poisoned(delta: Delta) -> None:
            if POISON in request.messages[-1].content and delta.tokens == DEADLY_TOKENS:
                os.kill(os.getpid(), signal.SIGKILL)
            on_delta(delta)

        return super().generate(request, on_delta=poisoned, cancelled=cancelled)


def quick(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    """A tenth of a second a run."""
    return FakeEngine(model=served.name, slots=settings.PORTAL_SLOTS, delay_per_token=0.002)


def steady(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    """One to three seconds a run."""
    return FakeEngine(model=served.name, slots=settings.PORTAL_SLOTS, delay_per_token=0.05)


def slow(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    """Half a minute a run."""
    return FakeEngine(model=served.name, slots=settings.PORTAL_SLOTS, delay_per_token=0.1, never_ends=True)


def fragile(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    return Fragile(model=served.name, slots=settings.PORTAL_SLOTS, delay_per_token=0.05)
