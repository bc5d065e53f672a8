from __future__ import annotations

import pytest
from pytest_django import Settings

from generation import engine_status
from generation.engine_status import EngineStatus
from generation.models import GenerationRun
from generation.served_models import read_reference
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_run, without_triggers


@pytest.fixture(autouse=True)
def _two_models(settings: Settings) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "pocket", ["large"]


def test_workers_and_queues(cast: Cast) -> None:
    engine_status.report(
        EngineStatus(
            "ready",
            "pocket",
            device="cpu",
            worker="generation@here",
            queue=read_reference("pocket").queue,
            dtype="float32",
            threads=2,
            slots=16,
            slots_in_use=7,
            waiting=1,
            tokens_per_second=81.5,
            runs_in_flight=2,
            started_at=1_780_000_000.0,
        )
    )
    brief = make_brief(cast.marketer, cast.team)
    make_run(brief, status="QUEUED")
    make_run(brief, status="RUNNING")
    make_run(brief, status="SUCCEEDED")
    with without_triggers():
        GenerationRun.objects.update(queued_at="2026-01-01T00:00:00Z")
    answer = Api(cast.engineer).get("workers/")
    assert answer.status_code == 200
    assert answer.json()["results"] == [
        {
            "worker": "generation@here",
            "queue": read_reference("pocket").queue,
            "state": "ready",
            "model": "pocket",
            "code": "",
            "detail": "",
            "device": "cpu",
            "dtype": "float32",
            "threads": 2,
            "slots": 16,
            "slots_in_use": 7,
            "waiting": 1,
            "tokens_per_second": 81.5,
            "runs_in_flight": 2,
            "draining": False,
            "paused": False,
            "started_at": "2026-05-28T20:26:40Z",
        }
    ]
    pocket, large = answer.json()["queues"]
    assert pocket.pop("oldest_seconds") > 3600
    assert pocket == {"name": read_reference("pocket").queue, "model": "pocket", "queued": 1, "running": 1}
    expected = {
        "name": read_reference("large").queue,
        "model": "large",
        "queued": 0,
        "running": 0,
        "oldest_seconds": None,
    }
    assert large == expected


def test_an_unknown_filter_is_refused(cast: Cast) -> None:
    assert Api(cast.admin).get("workers/", state="ready").status_code == 400
