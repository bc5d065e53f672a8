from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from aigc_portal.services.children import Program, portal_programs
from aigc_portal.services.configuration import Configuration, from_environment
from aigc_portal.services.errors import ServiceError
from generation.served_models import served_models

SERVER = "large@http://gpu.example.com:8000/v1"


def workers(configuration: Configuration) -> list[Program]:
    return [program for program in portal_programs(configuration)[0] if program.name != "default worker"]


def test_each_model_has_a_worker(settings: Settings) -> None:
    pocket, large = workers(Configuration(Path("/var"), models=("pocket", SERVER), slots=4))
    assert (pocket.name, large.name) == ("generation worker", "generation worker 2")
    assert (pocket.file_name, large.file_name) == ("generation-worker", "generation-worker-2")
    assert (pocket.environment["PORTAL_WORKER_MODEL"], large.environment["PORTAL_WORKER_MODEL"]) == ("pocket", SERVER)
    for program, node in ((pocket, "generation@%h"), (large, "generation2@%h")):
        words = " ".join(program.command)
        assert "-P threads -c 4" in words
        assert f"-n {node}" in words
        assert "-Q" not in program.command, "the worker finds its queue by the model"


def test_the_default_worker_serves_no_model() -> None:
    *_, default = portal_programs(Configuration(Path("/var")))[0]
    assert default.environment == {"PORTAL_WORKER_MODEL": ""}
    assert "-Q default" in " ".join(default.command)


@pytest.mark.parametrize(
    ("model", "extra", "expected"),
    [
        (None, None, ("smollm2-135m-instruct",)),
        ("", "", ("smollm2-135m-instruct",)),
        ("pocket", f" {SERVER}, pocket,,other", ("pocket", SERVER, "other")),
    ],
)
def test_the_models_are_those_that_the_settings_read(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, model: str | None, extra: str | None, expected: tuple[str, ...]
) -> None:
    for name, text in (("PORTAL_MODEL", model), ("PORTAL_EXTRA_MODELS", extra)):
        if text is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, text)
    assert from_environment().models == expected
    settings.PORTAL_MODEL = model or "smollm2-135m-instruct"
    settings.PORTAL_EXTRA_MODELS = [item.strip() for item in (extra or "").split(",") if item.strip()]
    assert tuple(served.reference for served in served_models()) == expected


@pytest.mark.parametrize(
    ("variable", "text"), [("PORTAL_SLOTS", "many"), ("PORTAL_SLOTS", "0"), ("PORTAL_DRAIN_SECONDS", "-1")]
)
def test_a_number_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, variable: str, text: str) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(ServiceError, match=f"{variable} is '{text}'"):
        from_environment()


def test_numbers_have_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PORTAL_SLOTS", "PORTAL_DRAIN_SECONDS", "PORTAL_PORT"):
        monkeypatch.setenv(variable, "")
    found = from_environment()
    assert (found.slots, found.drain_seconds, found.port) == (16, 8, 8000)
