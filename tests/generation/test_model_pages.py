from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from generation import engine_status
from generation.engine_status import EngineStatus, State
from generation.models import ModelVersion
from generation.served_models import read_reference
from tests.cast import Cast
from tests.factories import make_model


def test_the_list_and_the_page_of_a_model(cast: Cast) -> None:
    model = make_model("Pocket writer", languages=("en",))
    ModelVersion.objects.filter(pk=model.pk).update(files={"model.safetensors": "ab" * 32}, licence="Apache-2.0")
    client = cast.client("marketer")
    text = client.get("/models/").content.decode()
    for part in ("Pocket writer", "English", "Apache-2.0", "Champion", model.digest):
        assert part in text
    text = client.get(f"/models/{model.pk}/").content.decode()
    for part in ("model.safetensors", "ab" * 32, model.digest, "2048 tokens"):
        assert part in text
    assert client.get("/models/999999/").status_code == 404
    assert client.post("/models/").status_code == 405


def test_no_model_yet(cast: Cast) -> None:
    assert "No model is registered yet" in cast.client("marketer").get("/models/").content.decode()


@pytest.mark.parametrize(
    ("state", "code", "parts"),
    [
        ("starting", "", ("The model pocket is loading.", "start by themselves")),
        ("loading", "", ("The model pocket is loading.", "start by themselves")),
        (
            "failed",
            "weights_missing",
            ("The model pocket did not load.", "Files of the model are missing.", "make model"),
        ),
        ("failed", "surprise", ("The model pocket did not load.", "nobody foresaw")),
    ],
)
def test_the_banner_says_what_goes_on_and_what_to_do(
    cast: Cast, state: State, code: str, parts: tuple[str, ...]
) -> None:
    engine_status.report(EngineStatus(state, "pocket", code, "The file model.safetensors is gone."))
    client = cast.client("marketer")
    for address in ("/briefs/", "/engine/notice/"):
        text = client.get(address).content.decode()
        for part in (*parts, "every 5s", "/models/"):
            assert part in text
    assert "The file model.safetensors is gone." in client.get("/models/").content.decode()


def test_without_a_worker_the_banner_says_so(cast: Cast) -> None:
    assert "No worker is running" in cast.client("reviewer").get("/engine/notice/").content.decode()


def test_a_ready_model_ends_the_polling(cast: Cast) -> None:
    engine_status.report(EngineStatus("ready", "pocket", device="cpu"))
    client = cast.client("marketer")
    response = client.get("/engine/notice/")
    assert (response.status_code, response.content.strip()) == (200, b"")
    assert "engine-notice" not in client.get("/briefs/").content.decode()


def test_the_notice_is_for_signed_in_people(client: Client) -> None:
    assert client.get("/engine/notice/").status_code == 302


LARGE = read_reference("large").queue


@pytest.mark.parametrize(
    ("state", "code", "parts"),
    [
        ("failed", "weights_missing", ("The model large did not load.", "Files of the model are missing.")),
        ("absent", "", ("No worker is running for the model large.", "The default model writes")),
        ("loading", "", ()),
        ("ready", "", ()),
    ],
)
def test_another_model_that_is_away_is_mentioned_calmly(
    cast: Cast, settings: Settings, state: State, code: str, parts: tuple[str, ...]
) -> None:
    settings.PORTAL_EXTRA_MODELS = ["large"]
    engine_status.report(EngineStatus("ready", "pocket", worker="a"))
    if state != "absent":
        engine_status.report(EngineStatus(state, "large", code, worker="b", queue=LARGE))
    text = cast.client("marketer").get("/engine/notice/").content.decode()
    assert bool(parts) == ("notice-warning" in text)
    assert "notice-error" not in text
    for part in parts:
        assert part in text


def test_the_default_model_comes_before_the_others(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_EXTRA_MODELS = ["large"]
    engine_status.report(EngineStatus("failed", "pocket", "disk_full", worker="a"))
    text = cast.client("marketer").get("/engine/notice/").content.decode()
    assert "notice-error" in text
    assert "The model pocket did not load." in text


def test_the_page_tells_of_every_model_that_is_served(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "pocket", ["large"]
    engine_status.report(EngineStatus("ready", "pocket", worker="a", device="cpu"))
    engine_status.report(EngineStatus("failed", "large", "disk_full", "Full.", worker="b", queue=LARGE))
    text = cast.client("marketer").get("/models/").content.decode()
    for part in ("pocket", "cpu", "Ready", "large", "Not loaded", "There is no room on the disk", "Full."):
        assert part in text
