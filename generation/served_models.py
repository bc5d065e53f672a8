"""Which models this installation serves: one queue, and one worker or more, for each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.text import slugify

from generation.engine.entries import read_entries

QUEUES = "generation"


@dataclass(frozen=True)
class ServedModel:
    """`reference` is what the settings say, `name` what people read; `url` is that of a server elsewhere."""

    reference: str
    name: str
    url: str = ""

    @property
    def queue(self) -> str:
        """Of readable words, which two names may share, and a hash, which they do not."""
        return f"{QUEUES}.{slugify(self.name)[:100]}-{sha256(self.name.encode()).hexdigest()[:8]}"

    @property
    def languages(self) -> tuple[str, ...]:
        """What the catalogue says that the model writes; empty: nobody has said."""
        entry = read_entries().get(self.reference)
        return entry.languages if entry else ()


def served_models() -> list[ServedModel]:
    """Every model of PORTAL_MODEL and PORTAL_EXTRA_MODELS; the default one first."""
    references = dict.fromkeys([settings.PORTAL_MODEL, *settings.PORTAL_EXTRA_MODELS])
    return [read_reference(reference) for reference in references]


def served_model(name: str) -> ServedModel:
    """The model of this name; the default one for "" and for a name that is served no more."""
    models = served_models()
    return next((model for model in models if model.name == name), models[0])


def read_reference(reference: str) -> ServedModel:
    """A name of the catalogue, a folder, a .gguf file, a hub name, or NAME@URL for an OpenAI-compatible server."""
    name, at, url = reference.partition("@")
    if at and url.startswith(("http://", "https://")):
        return ServedModel(reference, name, url)
    if reference.startswith(("/", ".", "~")) or reference.endswith(".gguf"):
        return ServedModel(reference, Path(reference).stem if reference.endswith(".gguf") else Path(reference).name)
    return ServedModel(reference, reference)


@register()
def check_names(**kwargs: Any) -> list[CheckMessage]:
    """People choose a model by its name, and a run is kept with it: two may not have the same."""
    counts = Counter(model.name for model in served_models())
    hint = "The name of a folder is its last part: rename one, or link to it under another name."
    return [
        Error(f"PORTAL_MODEL and PORTAL_EXTRA_MODELS name {count} models {name!r}.", hint=hint, id="generation.E001")
        for name, count in counts.items()
        if count > 1
    ]
