"""Engines that a worker may meet; settings.GENERATION_ENGINE names them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from generation.engine.errors import InvalidLogits, RemoteUnavailable, WeightsMissing
from generation.engine.fake import FakeEngine
from generation.engine.types import Cancelled, Engine, GenerationRequest, OnDelta, Result
from generation.served_models import ServedModel

Say = Callable[[str], None]


class Silent(FakeEngine):
    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        results = super().generate(request, on_delta=on_delta, cancelled=cancelled)
        return [dataclasses.replace(result, text="", completion_tokens=0, mean_logprob=0.0) for result in results]


class Uncertain(FakeEngine):
    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        results = super().generate(request, on_delta=on_delta, cancelled=cancelled)
        return [dataclasses.replace(result, mean_logprob=math.nan) for result in results]


class Blind(FakeEngine):
    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        raise InvalidLogits("The model gave NaN.")


def silent(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    return Silent()


def uncertain(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    return Uncertain()


def blind(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    return Blind()


def missing(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    say("looking")
    raise WeightsMissing("The file model.safetensors is gone.")


def broken(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    raise ZeroDivisionError


class Server:
    """A model server that is away at first."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def connect(self, served: ServedModel, models_dir: Path, say: Say) -> Engine:
        if self.refusals:
            self.refusals -= 1
            raise RemoteUnavailable("The model server did not answer.")
        return FakeEngine(model=served.name)


def by_length(served: ServedModel, models_dir: Path, say: Say) -> Engine:
    """Twenty tokens a second, and as many as the run asks for."""
    slots = settings.PORTAL_SLOTS
    return FakeEngine(model=served.name, slots=slots, delay_per_token=0.05, never_ends=True, context_length=100_000)
