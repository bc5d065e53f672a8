from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from generation.canary import try_out
from generation.engine.errors import WeightsMissing
from generation.engine.openai.engine import OpenAIEngine
from generation.engines import load_engine
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
