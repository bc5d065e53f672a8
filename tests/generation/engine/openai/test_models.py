"""What the OpenAIEngine says of the model that it asks, and which ones it refuses."""

from collections.abc import Iterator
from typing import Any

import pytest

from generation.engine.errors import (
    ModelUnavailable,
    ModelUnknown,
)
from generation.engine.openai.engine import OpenAIEngine
from tests.generation.engine.openai.runs import engine_for
from tests.generation.engine.openai.server import (
    MODEL,
    VLLM_CARD,
    ModelServer,
    refusal,
)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def engine(server: ModelServer) -> Iterator[OpenAIEngine]:
    engine = engine_for(server)
    yield engine
    engine.close()


def test_the_description_is_the_same_each_time(server: ModelServer, engine: OpenAIEngine) -> None:
    assert engine.info.model == MODEL
    assert (engine.info.device, engine.info.dtype) == ("remote", "unknown")
    assert engine.info.source == server.url
    assert set(engine.info.versions) == {"httpx2"}
    assert engine.info.context_length == 4096
    for card, same in [
        (VLLM_CARD | {"created": 5, "permission": [{"id": "modelperm-1"}]}, True),
        (VLLM_CARD | {"root": "/models/other"}, False),
    ]:
        server.cards = [{"id": "another"}, card]
        again = engine_for(server, url=f"{server.url}/")
        again.close()
        assert (again.info.digest == engine.info.digest) is same


@pytest.mark.parametrize(
    ("card", "length"),
    [
        ({"max_model_len": 32768}, 32768),
        ({"meta": {"n_ctx_train": 8192}}, 8192),
        ({"meta": {"n_ctx_train": 8192, "n_ctx": 2048}}, 2048),
        ({"meta": None, "max_model_len": None}, 1000),
    ],
)
def test_the_context_is_the_servers(server: ModelServer, card: dict[str, Any], length: int) -> None:
    server.cards = [VLLM_CARD | card]
    engine = engine_for(server, context_length=1000)
    engine.close()
    assert engine.info.context_length == length


def test_a_server_that_is_still_loading_at_the_start(server: ModelServer) -> None:
    server.card_answers.extend([refusal(503)] * 2)
    engine_for(server).close()
    assert len(server.asked) == 3


def test_a_model_that_the_server_does_not_serve(server: ModelServer) -> None:
    with pytest.raises(ModelUnknown, match=r"does not serve 'larger'. It serves: tiny-chat\."):
        engine_for(server, model="larger")


@pytest.mark.parametrize("body", ["<html>", "[]", '{"data": [1]}', '{"data": [{}]}'])
def test_something_that_is_no_model_server(server: ModelServer, body: str) -> None:
    server.card_answers.append(lambda exchange: exchange.whole(200, body))
    with pytest.raises(ModelUnavailable, match="no model server"):
        engine_for(server)


@pytest.mark.parametrize(
    "url", ["", "gpu1:8000", "ftp://gpu1/v1", "http://", "http://me:secret@gpu1/v1", "http://gpu1:port/v1"]
)
def test_an_address_that_is_none(server: ModelServer, url: str) -> None:
    with pytest.raises(ModelUnavailable, match="must look like") as raised:
        engine_for(server, url=url)
    assert "secret" not in str(raised.value)


def test_a_key_that_is_none(server: ModelServer) -> None:
    with pytest.raises(ModelUnavailable, match="no key can have"):
        engine_for(server, api_key="schlüssel")
