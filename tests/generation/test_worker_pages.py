from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from aigc_portal.accounts.models import User
from generation import engine_status
from generation.engine_status import EngineStatus
from generation.models import GenerationRun
from generation.served_models import read_reference
from tests.cast import Cast
from tests.factories import make_brief, make_run, without_triggers

BUSY = EngineStatus(
    "ready",
    "pocket",
    device="cpu",
    worker="generation@here",
    queue=read_reference("pocket").queue,
    dtype="float32",
    threads=2,
    slots=16,
    slots_in_use=7,
    waiting=3,
    tokens_per_second=81.5,
    runs_in_flight=4,
    started_at=1_780_000_000.0,
)


@pytest.fixture(autouse=True)
def _one_model(settings: Settings) -> None:
    settings.PORTAL_MODEL, settings.PORTAL_EXTRA_MODELS = "pocket", []


def page(client: Client, **headers: str) -> str:
    answer = client.get("/workers/", headers=headers)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def fail(cast: Cast, author: User, title: str, code: str) -> GenerationRun:
    team = cast.team if author != cast.outsider else cast.other_team
    run = make_run(make_brief(author, team, title), status="FAILED")
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(error_code=code, attempt=3, finished_at=timezone.now())
    return run


def test_a_worker_whose_model_server_does_not_answer(cast: Cast) -> None:
    engine_status.report(replace(BUSY, paused=True))
    assert "Its model did not answer; asks again" in page(cast.client("admin"))


def test_a_busy_worker(cast: Cast) -> None:
    engine_status.report(BUSY)
    text = page(cast.client("admin"))
    for part in ("generation@here", "Ready", "cpu · float32 · 2 threads", "7 of 16", ">3<", "81.5", ">4<"):
        assert part in text
    assert '<meter min="0" max="16" value="7"' in text


def test_who_may_see_it(cast: Cast, client: Client) -> None:
    assert client.get("/workers/").status_code == 302
    for name in ("marketer", "reviewer", "auditor"):
        assert cast.client(name).get("/workers/").status_code == 403
    for name in ("admin", "engineer", "outsider"):
        assert cast.client(name).get("/workers/").status_code == 200
    assert cast.client("admin").post("/workers/").status_code == 405


def test_only_the_readers_teams_failures_are_told(cast: Cast) -> None:
    run = fail(cast, cast.marketer, "Spring tea", "out_of_memory")
    fail(cast, cast.outsider, "Dark roast", "out_of_memory")
    text = page(cast.client("admin"))
    assert "Spring tea" in text
    assert "The machine had no memory left for this run." in text
    assert f"/briefs/{run.brief_id}/#run-{run.pk}" in text
    assert "Dark roast" not in text


def test_the_newest_twenty_failures(cast: Cast) -> None:
    for number in range(21):
        fail(cast, cast.marketer, f"Brief {number:02}", "invalid_logits")
    shown = re.findall(r">(Brief \d\d)<", page(cast.client("admin")))
    assert shown == [f"Brief {number:02}" for number in range(20, 0, -1)]


def test_nothing_failed_and_nobody_works(cast: Cast) -> None:
    text = page(cast.client("engineer"))
    for part in ("No run has failed", "No worker serves this model", "no run waits"):
        assert part in text


@pytest.mark.parametrize(
    ("ago", "said"), [("30 seconds", "the oldest for 30 s"), ("12 minutes", "the oldest for 12 min")]
)
def test_what_waits_and_since_when(cast: Cast, ago: str, said: str) -> None:
    runs = [make_run(make_brief(cast.outsider, cast.other_team), status=status) for status in ("QUEUED", "QUEUED")]
    make_run(runs[0].brief, status="RUNNING")
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute("UPDATE generation_generationrun SET queued_at = now() - %s::interval", [ago])
    text = page(cast.client("admin"))
    for part in ("1 run is being written", "2 runs wait", said):
        assert part in text


@pytest.mark.parametrize(
    ("code", "detail", "said"),
    [
        ("model_not_allowed", "pytorch_model.bin is a pickle.", "file formats that the portal does not run"),
        ("weights_corrupt", "pocket has no chat template", "files are damaged."),
        ("hash_mismatch", "The file model.safetensors was altered", "is not the one that was recorded"),
        ("canary_failed", "The mean log-probability of the tokens is nan.", "could not write a test sentence"),
    ],
)
def test_a_worker_that_could_not_load_says_why(cast: Cast, code: str, detail: str, said: str) -> None:
    engine_status.report(EngineStatus("failed", "pocket", code, detail, worker="generation@here"))
    text = page(cast.client("admin"))
    for part in ("Not loaded", code, detail, said):
        assert part in text


def test_several_models_and_one_that_is_served_no_more(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_EXTRA_MODELS = ["large"]
    engine_status.report(BUSY)
    engine_status.report(
        replace(BUSY, worker="old@here", model="old", queue=read_reference("old").queue, draining=True)
    )
    text = page(cast.client("admin"))
    titles = re.findall(r'<h2 id="queue-\d" class="wrap">(\w+)</h2>', text)
    assert titles == ["pocket", "large", "old"]
    assert text.count("No worker serves this model") == 1
    assert "Finishing its runs" in text


def test_it_asks_for_itself_and_gets_the_part(cast: Cast) -> None:
    engine_status.report(BUSY)
    client = cast.client("admin")
    assert "js/polling.js" in page(client)
    part = page(client, HX_Request="true")
    assert part.startswith(' <div class="stack" id="workers" hx-get="/workers/" hx-trigger="every 5s')
    assert "<html" not in part
    assert "7 of 16" in part


def test_the_count_of_queries_does_not_depend_on_the_rows(cast: Cast) -> None:
    def queries() -> int:
        client = cast.client("admin")
        with CaptureQueriesContext(connection) as captured:
            page(client)
        return len(captured)

    def fill(number: int) -> None:
        fail(cast, cast.marketer, f"Brief {number}", "worker_lost")
        make_run(make_brief(cast.marketer, cast.team), status="QUEUED")
        engine_status.report(replace(BUSY, worker=f"{number}@here"))

    fill(0)
    few = queries()
    for number in range(1, 4):
        fill(number)
    assert queries() == few


def test_the_models_page_leads_there_for_who_may(cast: Cast) -> None:
    assert 'href="/workers/"' in cast.client("engineer").get("/models/").content.decode()
    assert 'href="/workers/"' not in cast.client("marketer").get("/models/").content.decode()
