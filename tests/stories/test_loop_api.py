"""The whole loop over HTTP with every process that `make run` starts, and what dies on the way.

One run's worker is killed first (`killed_run`). While its lease runs out, the other stories happen in the same portal.
"""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from tests.stories.loop import KilledRun, events_after, start_run, walk
from tests.stories.portal import LivePortal, eventually, finished


def test_from_brief_to_training_row_and_events(portal: LivePortal, killed_run: KilledRun) -> None:
    walk(portal, variants=2, seconds=30)


def test_without_a_broker_a_run_is_accepted_and_done_later(portal: LivePortal, killed_run: KilledRun) -> None:
    portal.kill("valkey")
    run, seconds = start_run(portal)
    assert run["status"] == "QUEUED"
    assert seconds < 1, "a request that waited for the broker would take 2 s or more"
    assert finished(portal.person("marketer"), f"runs/{run['id']}/", 30)["status"] == "SUCCEEDED"


def test_with_a_broker_that_hangs_too(portal: LivePortal, killed_run: KilledRun) -> None:
    with portal.frozen("valkey"):
        run, seconds = start_run(portal)
        assert seconds < 1, "a request that waited for the broker would take 2 s or more"
        time.sleep(3)
    assert finished(portal.person("marketer"), f"runs/{run['id']}/", 30)["status"] == "SUCCEEDED"


def test_the_killed_run_ran_again_with_one_draft_a_variant(portal: LivePortal, killed_run: KilledRun) -> None:
    done = finished(portal.person("marketer"), killed_run.path, 60)
    assert (done["status"], done["attempt"]) == ("SUCCEEDED", 2)
    assert (datetime.fromisoformat(done["started_at"]) - killed_run.killed_at).total_seconds() < 60
    assert [draft["variant"] for draft in done["drafts"]] == [0, 1]
    mine = [event for event in events_after(portal, killed_run.after) if event["target_id"] == str(done["id"])]
    steps = [event["action"] for event in mine if event["target_type"] == "generation.generationrun"]
    assert steps == ["run.requested", "run.running", "run.queued", "run.running", "run.succeeded"]


@pytest.mark.real_model
def test_the_loop_with_the_real_model(portal_with_model: LivePortal) -> None:
    marketer = portal_with_model.person("marketer")

    def ready() -> bool:
        engine = marketer.get("engine/")
        assert engine["state"] != "failed", engine
        return bool(engine["state"] == "ready")

    eventually(ready, 300)
    (model,) = marketer.get("models/")["results"]
    assert (model["alias"], model["languages"]) == ("champion", ["en"])
    assert all(len(sha256) == 64 for sha256 in model["files"].values())
    walk(portal_with_model, variants=2, seconds=240)
