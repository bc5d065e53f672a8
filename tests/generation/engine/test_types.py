"""Requests that no engine can serve are refused when they are made."""

import dataclasses
from typing import Any

import pytest

from generation.engine import errors
from generation.engine.errors import EngineError, InvalidRequest, RequestError, UnsupportedDecoding
from generation.engine.types import Decoding, GenerationRequest, Message

HELLO = (Message("user", "hello"),)


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0.0},
        {"temperature": float("nan")},
        {"temperature": float("inf")},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"top_k": -1},
        {"repetition_penalty": 0.0},
        {"max_tokens": 0},
        {"max_tokens": 10**9},
        {"stop": ("",)},
        {"stop": ("x" * 201,)},
        {"stop": ("x",) * 17},
        {"strategy": "beam", "num_beams": 17},
    ],
    ids=str,
)
def test_a_value_out_of_range_is_an_invalid_request(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        Decoding(**settings)


@pytest.mark.parametrize(
    "settings", [{"strategy": "guess"}, {"strategy": "beam"}, {"strategy": "greedy", "num_beams": 2}], ids=str
)
def test_a_combination_without_meaning_is_unsupported(settings: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedDecoding):
        Decoding(**settings)


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": ()},
        {"messages": (Message("user", " \n"),)},
        {"variants": 0},
        {"variants": 65},
        {"seed": -1},
        {"seed": 2**63},
        {"deadline_seconds": 0},
        {"deadline_seconds": float("nan")},
        {"variants": 3, "decoding": Decoding("beam", num_beams=2)},
    ],
    ids=str,
)
def test_a_request_that_cannot_be_served_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        GenerationRequest(**{"request_id": "x", "messages": HELLO, **fields})


def test_requests_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Decoding().top_p = 0.5  # type: ignore[misc]


def test_every_error_has_a_code_of_its_own_and_stands_in_the_drawing() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, EngineError)]
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert errors.__doc__ is not None
    for kind in kinds:
        assert kind.__name__ in errors.__doc__
        if not kind.__subclasses__():
            assert kind.code in errors.__doc__
