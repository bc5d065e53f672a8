"""Every served model has a name and a queue of its own."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from generation.served_models import check_names, read_reference


def test_names_that_look_alike_have_queues_of_their_own() -> None:
    names = ["千问", "书生", "Qwen2.5-7B", "Qwen25-7B", "qwen2.5-7b", "x" * 200]
    queues = {read_reference(name).queue for name in names}
    assert len(queues) == len(names)
    assert all(queue.startswith("generation.") and queue.isascii() and len(queue) <= 220 for queue in queues)
    assert read_reference("Qwen2.5-7B@http://gpu1:8000/v1").queue.startswith("generation.qwen25-7b-")


@pytest.mark.parametrize(
    "extra", [["/disk2/large"], ["large@http://gpu1:8000/v1"], ["/disk1/large@4bit", "/disk3/large.gguf"]]
)
def test_two_models_of_one_name_are_refused(settings: Settings, extra: list[str]) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "/disk1/large", extra
    (error,) = check_names()
    assert error.id == "generation.E001"
    assert "2 models 'large'" in error.msg


def test_one_model_named_twice_is_one(settings: Settings) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "pocket", ["pocket", "large"]
    assert check_names() == []
