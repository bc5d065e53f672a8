"""The engine that runs a transformers model in this process."""

import dataclasses
import threading
from importlib.metadata import version
from pathlib import Path

import torch

from generation.engine import beam_search
from generation.engine.engine_loop import EngineLoop, Pace
from generation.engine.errors import FULL, HashMismatch, ModelUnavailable, OutOfMemory
from generation.engine.job import SECONDS_BETWEEN_LOOKS, Job
from generation.engine.kv_cache import affordable_length
from generation.engine.loading import LoadedModel, load
from generation.engine.memory import is_out_of_memory, release
from generation.engine.prompt import encode
from generation.engine.tuning import tune
from generation.engine.types import Cancelled, Counters, EngineInfo, GenerationRequest, OnDelta, Result
from generation.engine.variant import Variant
from generation.engine.watch import Watch
from generation.engine.weights import Manifest, ModelFolder, verify

LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors")
SLOTS = 16


class TransformersEngine:
    """One model in memory, whose slots all callers share. Beam search has a turn of its own beside them."""

    def __init__(self, model: LoadedModel, manifest: Manifest, *, slots: int = SLOTS, pace: Pace | None = None) -> None:
        self._model: LoadedModel | None = model
        self._beams = threading.Lock()
        self.info = describe(model, manifest)
        self._loop = EngineLoop(model, slots=slots, pace=pace or pace_on(model.network.device))

    @classmethod
    def load(
        cls,
        folder: Path | ModelFolder,
        *,
        slots: int = SLOTS,
        digest: str | None = None,
        device: str | None = None,
        dtype: str | None = None,
    ) -> "TransformersEngine":
        """Verify the folder's hashes and load it: on CUDA where there is a device, else on the CPU.

        `dtype` is "float32", "bfloat16" or "fastest": bfloat16 on a CPU that is faster with it. None is bfloat16 on
        CUDA and float32 on a CPU, whose greedy texts are those of `generate`. Any other is refused.
        `digest` is what the caller's registry recorded (Manifest.digest). Raises ModelUnavailable or OutOfMemory.
        """
        found = ModelFolder.at(folder) if isinstance(folder, Path) else folder
        manifest = verify(found)
        if digest is not None and manifest.digest != digest:
            raise HashMismatch(file=str(found.path), expected=digest, found=manifest.digest)
        place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        chosen = number_format(dtype or ("bfloat16" if place.type == "cuda" else "float32"))
        model = load(found.path, device=place, dtype=chosen or torch.float32)
        if place.type == "cpu":
            tune(model.network, rows=slots, dtype=chosen)
        config, kind = model.network.config, model.network.dtype
        length = affordable_length(config, slots=slots, device=place, dtype=kind)
        return cls(dataclasses.replace(model, context_length=length), manifest, slots=slots)

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        """See types.Engine."""
        if self._model is None:
            raise ModelUnavailable("The engine is closed.")
        prompt = encode(self._model, request)
        if request.decoding.strategy == "beam":
            return self._search(self._model, prompt, request, on_delta, cancelled)
        job = Job(request, prompt, self._model)
        self._loop.submit(job)
        return job.results(on_delta, cancelled)

    def counters(self) -> Counters:
        """See types.Engine."""
        return self._loop.counters()

    def close(self) -> None:
        """End what is being written and give the memory back."""
        self._loop.close()
        with self._beams:
            self._model = None
        release()

    def _search(
        self,
        model: LoadedModel,
        prompt: list[int],
        request: GenerationRequest,
        on_delta: OnDelta,
        cancelled: Cancelled,
    ) -> list[Result]:
        """Beam search in the caller's thread, one at a time; the slots go on writing meanwhile."""
        watch = Watch(request, cancelled)
        variants = [
            Variant(number, request, decode=model.decode, end_tokens=model.end_tokens, on_delta=on_delta)
            for number in range(request.variants)
        ]
        reason = None
        while not self._beams.acquire(timeout=SECONDS_BETWEEN_LOOKS):
            reason = watch.reason()
            if reason is not None:
                break
        if reason is not None:
            for variant in variants:
                variant.end(reason)
        else:
            full = False
            try:
                beam_search.search(model, prompt, variants, decoding=request.decoding, watch=watch)
            except Exception as error:
                full = is_out_of_memory(error)
                if not full:
                    raise
            finally:
                self._beams.release()
            if full:  # outside the handler, where no traceback holds the search's tensors any more
                release()
                raise OutOfMemory(FULL)
        return [variant.result(prompt_tokens=len(prompt)) for variant in variants]


def number_format(name: str) -> torch.dtype | None:
    """Return the dtype of this name; None for "fastest"."""
    formats = {"float32": torch.float32, "bfloat16": torch.bfloat16, "fastest": None}
    if name not in formats:
        raise ModelUnavailable(f"PORTAL_DTYPE is {name!r}; it must be one of {', '.join(formats)}.")
    return formats[name]


def pace_on(device: torch.device) -> Pace:
    """Return how much of the prompts goes along with a step.

    Little on a CPU, where it is felt at once; but a usual prompt in one step, because each step more costs its first
    token a round of all the others.
    """
    return Pace(chunk=512, budget=4096) if device.type == "cuda" else Pace(chunk=64, budget=336)


def describe(model: LoadedModel, manifest: Manifest) -> EngineInfo:
    """Return what a run should record about the engine."""
    device = model.network.device
    return EngineInfo(
        model=manifest.description.name,
        digest=manifest.digest,
        device=f"{device} {torch.cuda.get_device_name(device)}" if device.type == "cuda" else str(device),
        dtype=str(model.network.dtype).removeprefix("torch."),
        context_length=model.context_length,
        languages=manifest.description.languages,
        versions={library: version(library) for library in LIBRARIES},
        licence=manifest.description.licence,
        source=manifest.description.source,
        files={file.name: file.sha256 for file in manifest.files},
        threads=torch.get_num_threads() if device.type == "cpu" else 0,
    )
