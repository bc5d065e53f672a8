from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from aigc_portal.problems import Refused
from generation.known_models import known_model, known_models, model_for, name_of_model
from generation.models import GenerationRun, ModelVersion
from generation.models.drafts import sha256_of
from tests.cast import Cast
from tests.factories import make_brief, make_model, make_run


def test_before_a_worker_has_loaded_it_the_catalogue_knows_the_default_model(db: None) -> None:
    model = known_model()
    assert (model.name, model.languages, model.version, model.context_length) == (
        "smollm2-135m-instruct",
        ("en",),
        None,
        None,
    )
    assert not model.writes("zh")


def test_the_newest_version_of_the_name_counts(db: None, settings: Settings) -> None:
    settings.PORTAL_MODEL = "Pocket writer"
    make_model("Another")
    make_model("Pocket writer", languages=("en",), alias=None)
    newest = ModelVersion.objects.create(
        name="Pocket writer", digest=sha256_of("newer"), languages=["zh"], context_length=512
    )
    model = known_model("Pocket writer")
    assert (model.version, model.languages, model.context_length) == (newest, ("zh",), 512)


def test_the_first_that_writes_the_language_is_taken_else_the_default_one(db: None, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model("English", languages=("en",)).name
    settings.PORTAL_EXTRA_MODELS = [make_model("Both", alias=None).name]
    models = known_models()
    assert [model.name for model in models] == ["English", "Both"]
    assert [model_for(language, models).name for language in ("en", "zh")] == ["English", "Both"]
    assert model_for("zh", models[:1]).name == "English"


def test_one_query_however_many_are_served(db: None, settings: Settings) -> None:
    settings.PORTAL_EXTRA_MODELS = [f"model-{number}" for number in range(5)]
    with CaptureQueriesContext(connection) as queries:
        assert len(known_models()) == 6
    assert len(queries) == 1


def make_run_of(cast: Cast, model: ModelVersion | None, name: str) -> GenerationRun:
    run = make_run(make_brief(cast.marketer, cast.team))
    run.model, run.model_name = model, name
    return run


def test_a_run_has_the_name_that_was_asked_for_whoever_registered_its_weights(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_MODEL = "Default"
    settings.PORTAL_EXTRA_MODELS = ["Twin", "Other"]
    shared, other = make_model("Twin"), make_model("Other", alias=None)
    gone = make_model("Served no more", alias=None)
    expected = {
        ("Other", shared): "Other",
        ("", shared): "Default",
        ("", None): "Default",
        ("Served no more", gone): "Served no more",
        ("Served no more", None): "Served no more",
        ("", gone): "Served no more",
        ("", other): "Other",
    }
    for (name, model), shown in expected.items():
        assert name_of_model(make_run_of(cast, model, name)) == shown, (name, model)


def test_a_name_that_is_not_served_is_refused(db: None) -> None:
    with pytest.raises(Refused) as caught:
        known_model("gpt-2")
    assert (caught.value.code, caught.value.status) == ("model_unknown", 400)
    assert "smollm2-135m-instruct" in caught.value.detail
