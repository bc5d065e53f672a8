from __future__ import annotations

from typing import Any

import pytest

from aigc_portal.audit.models import AuditEvent
from generation import pipeline
from generation.engine.fake import FakeEngine
from generation.models import GenerationRun
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_model, make_run


def test_a_run_is_asked_for_and_its_drafts_are_read(cast: Cast) -> None:
    brief, caller = make_brief(cast.marketer, cast.team), Api(cast.marketer)
    answer = caller.post(f"briefs/{brief.pk}/runs/", {"variants": 2, "seed": 7})
    assert answer.status_code == 201
    run = answer.json()
    assert answer["Location"] == f"/api/v1/runs/{run['id']}/"
    assert (run["status"], run["seed"], run["drafts"], run["attempt"]) == ("QUEUED", 7, [], 0)
    pipeline.execute(run["id"], FakeEngine())
    done = caller.get(f"runs/{run['id']}/").json()
    assert done["status"] == "SUCCEEDED"
    assert [draft["variant"] for draft in done["drafts"]] == [0, 1]
    draft = done["drafts"][0]
    assert caller.get(f"drafts/{draft['id']}/").json() == draft
    assert draft["author"] == {"id": cast.marketer.pk, "name": "Marketer"}
    assert AuditEvent.objects.filter(action="run.requested", target_id=str(run["id"])).exists()


def test_without_a_seed_one_is_drawn(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    run = Api(cast.marketer).post(f"briefs/{brief.pk}/runs/").json()
    assert 0 <= run["seed"] < 2**31


@pytest.mark.parametrize("body", [{"variants": 0}, {"variants": 9}, {"seed": -1}, {"variants": "many"}, {"model": 1}])
def test_limits(cast: Cast, body: dict[str, Any]) -> None:
    brief = make_brief(cast.marketer, cast.team)
    answer = Api(cast.marketer).post(f"briefs/{brief.pk}/runs/", body)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == list(body)


def test_a_language_that_the_model_does_not_write_is_named_first(cast: Cast) -> None:
    make_model(languages=("zh",))
    brief, caller = make_brief(cast.marketer, cast.team), Api(cast.marketer)
    answer = caller.post(f"briefs/{brief.pk}/runs/")
    assert answer.status_code == 400
    assert answer.json()["code"] == "language_not_supported"
    assert caller.post(f"briefs/{brief.pk}/runs/", {"accept_language": True}).status_code == 201


def test_cancel_and_retry(cast: Cast) -> None:
    run, caller = make_run(make_brief(cast.marketer, cast.team), status="QUEUED"), Api(cast.marketer)
    assert caller.post(f"runs/{run.pk}/cancel/").json()["status"] == "CANCELLED"
    again = caller.post(f"runs/{run.pk}/retry/")
    assert again.status_code == 201
    assert (again.json()["status"], again.json()["seed"]) == ("QUEUED", run.seed)
    assert again.json()["id"] != run.pk


def test_what_has_ended_cannot_be_cancelled_and_what_succeeded_cannot_be_retried(cast: Cast) -> None:
    run, caller = make_run(make_brief(cast.marketer, cast.team)), Api(cast.marketer)
    answer = caller.post(f"runs/{run.pk}/cancel/")
    assert answer.status_code == 409
    assert answer.json()["current"]["status"] == "SUCCEEDED"
    assert caller.post(f"runs/{run.pk}/retry/").json()["code"] == "run_not_retryable"
    assert GenerationRun.objects.count() == 1
