from __future__ import annotations

from typing import Any

import pytest

from aigc_portal.audit.models import AuditEvent
from generation import worker
from generation.actions.models import register_model_version
from generation.engine.fake import FakeEngine
from generation.models import ModelVersion
from generation.resident import Resident
from generation.served_models import read_reference

pytestmark = pytest.mark.django_db


def register(name: str, *, is_default: bool) -> ModelVersion:
    fields: dict[str, Any] = {"files": {}, "languages": [], "licence": "", "source": "", "context_length": 100}
    return register_model_version(name=name, digest=name * 64, is_default=is_default, **fields)


def events() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_the_default_model_is_the_champion() -> None:
    register("a", is_default=True)
    register("b", is_default=True)
    register("b", is_default=True)
    assert [(model.name, model.alias) for model in ModelVersion.objects.order_by("pk")] == [
        ("a", None),
        ("b", "champion"),
    ]
    assert events() == ["model.registered", "model.in_use", "model.registered", "model.in_use"]


def test_another_model_is_registered_and_leaves_the_champion_alone() -> None:
    register("a", is_default=True)
    register("b", is_default=False)
    champion = ModelVersion.objects.champion()
    assert champion is not None
    assert champion.name == "a"
    assert events() == ["model.registered", "model.in_use", "model.registered"]


def test_a_worker_registers_under_the_name_that_people_choose(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "pocket", ["/models/Large-7B"]
    for reference, name, alias in (("/models/Large-7B", "Large-7B", None), ("pocket", "pocket", "champion")):
        monkeypatch.setattr(worker, "resident", Resident(read_reference(reference)))
        worker.register(FakeEngine(model=f"what the file says of {name}"))
        assert ModelVersion.objects.get(name=name).alias == alias


def test_what_the_worker_says_now_counts() -> None:
    said: dict[str, Any] = {"files": {}, "languages": [], "licence": "", "source": "", "is_default": False}
    register_model_version(name="large", digest="d" * 64, context_length=1000, **said)
    register_model_version(name="large", digest="d" * 64, context_length=8192, **said)
    version = register_model_version(name="huge", digest="d" * 64, context_length=8192, **said)
    version.refresh_from_db()
    assert (version.name, version.context_length) == ("huge", 8192)
    assert events() == ["model.registered", "model.changed", "model.changed"]
    changes = AuditEvent.objects.filter(action="model.changed").order_by("pk").values_list("data", flat=True)
    assert [(data["before"], data["after"]) for data in changes] == [
        ({"context_length": 1000}, {"context_length": 8192}),
        ({"name": "large"}, {"name": "huge"}),
    ]
