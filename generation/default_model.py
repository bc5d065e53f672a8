"""Which model writes the next drafts, as far as the web process can know."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from generation.engine.entries import read_entries
from generation.models import ModelVersion


@dataclass(frozen=True)
class DefaultModel:
    """An empty `languages` means that nobody has said what the model writes."""

    name: str
    languages: tuple[str, ...]

    def writes(self, language: str) -> bool:
        return not self.languages or language in self.languages


def default_model() -> DefaultModel:
    """The champion; before the first worker has registered one, what the catalogue says of PORTAL_MODEL."""
    champion = ModelVersion.objects.champion()
    if champion is None:
        entry = read_entries().get(settings.PORTAL_MODEL)
        return DefaultModel(settings.PORTAL_MODEL, entry.languages if entry else ())
    return DefaultModel(champion.name, tuple(champion.languages))
