"""The engine that runs a transformers model in this process."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import torch

from generation.engine import beam_search, decode_loop
from generation.engine.errors import HashMismatch, ModelUnavailable, OutOfMemory
from generation.engine.loading import LoadedModel, load
from generation.engine.prompt import encode
from generation.engine.types import Cancelled, EngineInfo, GenerationRequest, OnDelta, Result
from generation.engine.variant import Variant
from generation.engine.watch import Watch
from generation.engine.weights import Manifest, ModelFolder, verify

LIBRARIES = ("torch", "transformers", "tokenizers", "safetensors")
SECONDS_BETWEEN_LOOKS = 0.05


class TransformersEngine:
    """One model in memory, one run at a time; the variants of a run are one batch."""

    def __init__(self, model: LoadedModel, manifest: Manifest) -> None:
        self._model: LoadedModel | None = model
        self._turn = threading.Lock()
        self.info = describe(model, manifest)

    @classmethod
    def load(
        cls, folder: Path | ModelFolder, *, digest: str | None = None, device: str | None = None
    ) -> "TransformersEngine":
        """Verify the folder's hashes and load it: bfloat16 on CUDA where there is one, else float32 on the CPU.

        `digest` is what the caller's registry recorded (Manifest.digest). Raises ModelUnavailable or OutOfMemory.
        """
        found = ModelFolder.at(folder) if isinstance(folder, Path) else folder
        manifest = verify(found)
        if digest is not None and manifest.digest != digest:
            raise HashMismatch(file=str(found.path), expected=digest, found=manifest.digest)
        place = device or ("cuda" if torch.cuda.is_available() else "cpu")
        dtype = torch.float32 if place == "cpu" else torch.bfloat16
        return cls(load(found.path, device=place, dtype=dtype), manifest)

    def generate(self, request: GenerationRequest, *, on_delta: OnDelta, cancelled: Cancelled) -> list[Result]:
        """See types.Engine."""
        watch = Watch(request, cancelled)
        if self._model is None:
            raise ModelUnavailable("The engine is closed.")
        try:
            return self._run(self._model, request, on_delta, watch)
        except (torch.OutOfMemoryError, MemoryError):
            pass
        except RuntimeError as error:
            if "allocate memory" not in str(error):  # the CPU's allocator has no class of its own
                raise
        # Outside the handlers, where no traceback holds the run's tensors any more.
        release_memory()
        raise OutOfMemory("There was not enough memory for this run; ask for fewer variants or a shorter text.")

    def close(self) -> None:
        """Wait for the run in progress and give the memory back."""
        with self._turn:
            self._model = None
        release_memory()

    def _run(self, model: LoadedModel, request: GenerationRequest, on_delta: OnDelta, watch: Watch) -> list[Result]:
        prompt = encode(model, request)
        variants = [
            Variant(number, request, decode=model.decode, end_tokens=model.end_tokens, on_delta=on_delta)
            for number in range(request.variants)
        ]
        carry_out = beam_search.search if request.decoding.strategy == "beam" else decode_loop.decode
        with self._turn_unless_halted(variants, watch) as ours, torch.inference_mode():
            if ours:
                carry_out(model, prompt, variants, decoding=request.decoding, watch=watch)
        return [variant.result(prompt_tokens=len(prompt)) for variant in variants]

    @contextmanager
    def _turn_unless_halted(self, variants: list[Variant], watch: Watch) -> Iterator[bool]:
        """Wait for the runs before; yield whether the turn came before the watch ended the variants."""
        while not self._turn.acquire(timeout=SECONDS_BETWEEN_LOOKS):
            if decode_loop.end_all(variants, watch):
                yield False
                return
        try:
            yield True
        finally:
            self._turn.release()


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
    )


def release_memory() -> None:
    """Give back what no tensor holds any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
