from __future__ import annotations

from generation.engine.errors import EngineError, GenerationFault, ModelUnavailable, RequestError
from generation.failure_reasons import (
    MODEL_REASONS,
    RUN_REASONS,
    UNKNOWN_MODEL,
    UNKNOWN_RUN,
    model_failure,
    run_failure,
)


def codes_below(kind: type[EngineError]) -> set[str]:
    return {below.code for below in kind.__subclasses__()} | {
        code for below in kind.__subclasses__() for code in codes_below(below)
    }


def test_every_error_of_the_engine_has_its_sentences() -> None:
    assert codes_below(RequestError) | codes_below(GenerationFault) <= RUN_REASONS.keys()
    assert codes_below(ModelUnavailable) <= MODEL_REASONS.keys()


def test_an_unknown_code_still_says_what_to_do() -> None:
    assert run_failure("internal_error") is UNKNOWN_RUN
    assert model_failure("") is UNKNOWN_MODEL
