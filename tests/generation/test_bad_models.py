"""A worker whose model is not fit for it serves nothing, and the page of the workers says why."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from generation import engine_status
from generation.engine.weights import Description, write_manifest
from generation.resident import Resident
from generation.served_models import read_reference
from tests.cast import Cast
from tests.generation.engine.tiny import make_model

Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny", "llama")


@pytest.fixture
def worker(tiny_folder: Path, tmp_path: Path, settings: Settings) -> Iterator[Callable[[Damage], None]]:
    """Starts a worker with a damaged copy of the model and waits until it has loaded it or failed to."""
    folder = shutil.copytree(tiny_folder, tmp_path / "tiny")
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS, settings.PORTAL_SLOTS = str(folder), [], 2
    resident = Resident(read_reference(str(folder)))

    def start(damage: Damage) -> None:
        damage(folder)
        resident.start("generation@here", register=lambda engine: None, announce=lambda: None)
        deadline = time.monotonic() + 30
        while engine_status.read().state not in ("failed", "ready"):
            assert time.monotonic() < deadline, "it did not load"
            time.sleep(0.02)

    yield start
    resident.stop()


def shown(cast: Cast) -> str:
    return re.sub(r"\s+", " ", cast.client("admin").get("/workers/").content.decode())


def put_pickle(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")


def lose_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def lose_chat_template(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()


def alter_a_byte(folder: Path) -> None:
    write_manifest(folder, Description("tiny", "Tiny", "Apache-2.0", ("en",), "a test"))
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))


def spoil_numbers(folder: Path) -> None:
    """Weights that are all there and give NaN."""
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"rms_norm_eps": float("nan")}))


@pytest.mark.parametrize(
    ("damage", "code", "part"),
    [
        (put_pickle, "model_not_allowed", "pytorch_model.bin"),
        (lose_tokenizer, "weights_missing", "tokenizer.json"),
        (lose_chat_template, "weights_corrupt", "chat template"),
        (alter_a_byte, "hash_mismatch", "model.safetensors"),
        (spoil_numbers, "canary_failed", "invalid_logits"),
    ],
)
def test_it_shows_its_reason(
    cast: Cast, worker: Callable[[Damage], None], damage: Damage, code: str, part: str
) -> None:
    worker(damage)
    text = shown(cast)
    assert "Not loaded" in text
    assert f"<code>{code}</code>" in text
    assert part in text


def test_a_good_one_is_ready_and_tells_its_machine(cast: Cast, worker: Callable[[Damage], None]) -> None:
    worker(lambda folder: None)
    status = engine_status.read()
    assert (status.state, status.slots) == ("ready", 2), status
    assert status.dtype
    assert status.device in shown(cast)
