from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from generation.canary import try_out
from generation.engine.errors import ModelUnavailable, WeightsMissing
from generation.engine.openai.engine import OpenAIEngine
from generation.engines import load_engine
from generation.model_server_keys import key_for
from generation.served_models import read_reference
from tests.generation.engine.openai.server import MODEL, ModelServer


def test_a_model_with_an_address_is_asked_there_with_the_key(tmp_path: Path, settings: Settings) -> None:
    settings.PORTAL_SLOTS, settings.PORTAL_OPENAI_API_KEY = 3, "sesame"
    with ModelServer() as server:
        engine = load_engine(read_reference(f"{MODEL}@{server.url}"), tmp_path, lambda line: None)
        assert isinstance(engine, OpenAIEngine)
        assert (engine.info.model, engine.counters().slots) == (MODEL, 3)
        assert server.asked[-1].headers["Authorization"] == "Bearer sesame"
        try_out(engine, cancelled=lambda: False)
        engine.close()


def test_a_model_that_is_not_the_default_one_is_not_fetched_by_itself(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="make model"):
        load_engine(read_reference("qwen2.5-0.5b-instruct"), tmp_path, lambda line: None)


ONE, OTHER = "http://gpu1:8000/v1", "https://models.example.com/v1"


def test_the_one_key_is_for_one_host(settings: Settings) -> None:
    settings.PORTAL_OPENAI_API_KEY = "sesame"
    settings.PORTAL_EXTRA_MODELS = [f"large@{ONE}", "huge@http://gpu1:8001/v1"]
    assert key_for(ONE) == "sesame"
    settings.PORTAL_EXTRA_MODELS = [f"large@{ONE}", f"huge@{OTHER}"]
    with pytest.raises(ModelUnavailable, match="PORTAL_OPENAI_API_KEYS") as refused:
        key_for(ONE)
    assert "sesame" not in str(refused.value)


def test_every_server_gets_its_own_key_and_no_other(settings: Settings) -> None:
    settings.PORTAL_EXTRA_MODELS = [f"large@{ONE}", f"huge@{OTHER}"]
    settings.PORTAL_OPENAI_API_KEYS = ["gpu1=a=", "GPU1:8001=b"]
    assert key_for(ONE) == "a="
    assert key_for("http://gpu1:8001/v1") == "b"
    assert key_for(OTHER) == ""


@pytest.mark.parametrize("entry", ["secret", "=secret", "gpu1="])
def test_a_key_without_a_host_is_refused_and_not_shown(settings: Settings, entry: str) -> None:
    settings.PORTAL_OPENAI_API_KEYS = [entry]
    with pytest.raises(ModelUnavailable, match="Entry 1") as refused:
        key_for(ONE)
    assert "secret" not in str(refused.value)
