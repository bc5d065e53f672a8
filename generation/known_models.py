"""What is known of the models that this installation serves, as far as the web process can know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from aigc_portal.problems import Refused
from generation.models import GenerationRun, ModelVersion
from generation.served_models import served_models


@dataclass(frozen=True)
class KnownModel:
    """A served model, and the newest version registered under its name (None before its worker has loaded it).

    An empty `languages` means that nobody has said what the model writes.
    """

    name: str
    languages: tuple[str, ...]
    version: ModelVersion | None

    @property
    def context_length(self) -> int | None:
        return self.version.context_length if self.version else None

    def writes(self, language: str) -> bool:
        return not self.languages or language in self.languages


def known_models() -> list[KnownModel]:
    """Every served model, the default one first. One query."""
    served = served_models()
    newest = ModelVersion.objects.filter(name__in=[model.name for model in served]).order_by("name", "-pk")
    versions = {version.name: version for version in newest.distinct("name")}
    return [
        KnownModel(model.name, tuple(version.languages) if version else model.languages, version)
        for model, version in ((model, versions.get(model.name)) for model in served)
    ]


def known_model(name: str = "") -> KnownModel:
    """The served model of this name, "" for the default one. Raises Refused where it is not served."""
    models = known_models()
    found = next((model for model in models if model.name == name), None) if name else models[0]
    if found is None:
        names = ", ".join(model.name for model in models)
        detail = _("There is no model named “%(name)s” here. Choose one of: %(names)s.")
        raise Refused("model_unknown", detail % {"name": name, "names": names}, 400)
    return found


def model_for(language: str, models: Sequence[KnownModel]) -> KnownModel:
    """The first model that writes the language; the default one where none does."""
    return next((model for model in models if model.writes(language)), models[0])


def name_of_model(run: GenerationRun) -> str:
    """The name that was asked for; without one, that of the default model.

    Served models may have the same weights, whose version then has the name of the one that was loaded last: for a run
    of the default model it counts where it is served no more, or where other weights are in use by now.
    """
    if run.model_name:
        return run.model_name
    names = [model.name for model in served_models()]
    recorded = run.model
    is_default = recorded is None or (recorded.name in names and recorded.alias == ModelVersion.Alias.CHAMPION)
    return names[0] if is_default or recorded is None else recorded.name
