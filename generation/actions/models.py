"""Registering the weights that a worker has loaded."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from aigc_portal.audit.events import record
from generation.models import ModelVersion


@transaction.atomic
def register_model_version(
    *,
    name: str,
    digest: str,
    files: dict[str, str],
    languages: list[str],
    licence: str,
    source: str,
    context_length: int,
    is_default: bool,
) -> ModelVersion:
    """The ModelVersion of these files. The default model's is the champion from now on. The portal is the actor.

    Weights that are known already take over the name and the context that their worker tells now.
    """
    version, created = ModelVersion.objects.get_or_create(
        digest=digest,
        defaults={
            "name": name,
            "files": files,
            "languages": languages,
            "licence": licence,
            "source": source,
            "context_length": context_length,
        },
    )
    if created:
        record("model.registered", version, actor=None, after={"digest": digest, "name": name})
    else:
        _follow(version, {"name": name, "context_length": context_length})
    if is_default and version.alias != ModelVersion.Alias.CHAMPION:
        before = ModelVersion.objects.select_for_update().champion()
        ModelVersion.objects.filter(alias=ModelVersion.Alias.CHAMPION).update(alias=None)
        version.alias = ModelVersion.Alias.CHAMPION
        version.save(update_fields=["alias"])
        record(
            "model.in_use",
            version,
            actor=None,
            before={"champion": before.digest if before else None},
            after={"champion": digest},
        )
    return version


def _follow(version: ModelVersion, said: dict[str, Any]) -> None:
    version.refresh_from_db(from_queryset=ModelVersion.objects.select_for_update())
    after = {field: value for field, value in said.items() if getattr(version, field) != value}
    if not after:
        return
    before = {field: getattr(version, field) for field in after}
    for field, value in after.items():
        setattr(version, field, value)
    version.save(update_fields=list(after))
    record("model.changed", version, actor=None, before=before, after=after)
