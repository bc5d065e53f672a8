from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from aigc_portal.audit.models import AuditEvent
from aigc_portal.jobs.leases import claim
from generation import pipeline
from generation.engine.fake import FakeEngine
from generation.models import GenerationRun
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_model, make_run


def test_a_run_is_asked_for_and_its_drafts_are_read(cast: Cast) -> None:
    brief, caller = make_brief(cast.marketer, cast.team), Api(cast.marketer)
    answer = caller.post(f"briefs/{brief.pk}/runs/", {"variants": 2, "seed": 7})
    assert answer.status_code == 201
    run = answer.json()
    assert answer["Location"] == f"/api/v1/runs/{run['id']}/"
    assert (run["status"], run["seed"], run["drafts"], run["attempt"]) == ("QUEUED", 7, [], 0)
    claimed = claim(GenerationRun, run["id"])
    assert claimed is not None
    pipeline.execute(claimed, FakeEngine())
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


def test_a_language_that_the_model_does_not_write_is_named_first(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model(languages=("zh",)).name
    brief, caller = make_brief(cast.marketer, cast.team), Api(cast.marketer)
    answer = caller.post(f"briefs/{brief.pk}/runs/")
    assert answer.status_code == 400
    assert answer.json()["code"] == "language_not_supported"
    assert caller.post(f"briefs/{brief.pk}/runs/", {"accept_language": True}).status_code == 201


def test_cancel_and_repeat(cast: Cast) -> None:
    run, caller = make_run(make_brief(cast.marketer, cast.team), status="QUEUED"), Api(cast.marketer)
    assert caller.post(f"runs/{run.pk}/cancel/").json()["status"] == "CANCELLED"
    again = caller.post(f"runs/{run.pk}/repeat/")
    assert again.status_code == 201
    assert (again.json()["status"], again.json()["seed"]) == ("QUEUED", run.seed)
    assert (again.json()["repeats"], again.json()["id"] != run.pk) == (run.pk, True)


def test_what_has_ended_cannot_be_cancelled_and_what_has_not_cannot_be_repeated(cast: Cast) -> None:
    brief, caller = make_brief(cast.marketer, cast.team), Api(cast.marketer)
    run, waiting = make_run(brief), make_run(brief, status="QUEUED")
    answer = caller.post(f"runs/{run.pk}/cancel/")
    assert answer.status_code == 409
    assert answer.json()["current"]["status"] == "SUCCEEDED"
    assert caller.post(f"runs/{waiting.pk}/repeat/").json()["code"] == "run_not_closed"
    assert GenerationRun.objects.count() == 2


def test_a_preset_and_numbers_over_it(cast: Cast) -> None:
    brief, caller = make_brief(cast.marketer, cast.team), Api(cast.marketer)
    body = {"preset": "inventive", "decoding": {"top_k": 40, "max_tokens": 60}, "model_name": "smollm2-135m-instruct"}
    run = caller.post(f"briefs/{brief.pk}/runs/", body).json()
    assert (run["preset"], run["model_name"], run["repeats"], run["revises"]) == (
        "inventive",
        "smollm2-135m-instruct",
        None,
        None,
    )
    assert [run["decoding"][name] for name in ("temperature", "top_k", "max_tokens")] == [0.8, 40, 60]


def test_beam_search_is_for_the_api(cast: Cast) -> None:
    brief, caller = make_brief(cast.marketer, cast.team), Api(cast.marketer)
    body = {"variants": 2, "decoding": {"strategy": "beam", "num_beams": 4}}
    run = caller.post(f"briefs/{brief.pk}/runs/", body).json()
    assert (run["decoding"]["strategy"], run["decoding"]["num_beams"]) == ("beam", 4)


@pytest.mark.parametrize(
    ("decoding", "field"),
    [
        ({"temperature": 99}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": 2049}, "max_tokens"),
        ({"strategy": "random"}, "strategy"),
        ({"strategy": "beam"}, "num_beams"),
        ({"stop": ["x"]}, "stop"),
    ],
)
def test_what_is_wrong_with_the_decoding_stands_under_its_name(
    cast: Cast, decoding: dict[str, Any], field: str
) -> None:
    brief = make_brief(cast.marketer, cast.team)
    answer = Api(cast.marketer).post(f"briefs/{brief.pk}/runs/", {"decoding": decoding})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]["decoding"]) == [field]
    assert not GenerationRun.objects.exists()


def test_a_model_that_is_not_served_is_refused(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    answer = Api(cast.marketer).post(f"briefs/{brief.pk}/runs/", {"model_name": "gpt-2"})
    assert (answer.status_code, answer.json()["code"]) == (400, "model_unknown")


def test_two_models_are_compared(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_EXTRA_MODELS = [make_model("Studio writer").name]
    brief, caller = make_brief(cast.marketer, cast.team), Api(cast.marketer)
    models = ["smollm2-135m-instruct", "Studio writer"]
    answer = caller.post(f"briefs/{brief.pk}/comparisons/", {"models": models, "preset": "faithful", "seed": 7})
    assert answer.status_code == 201
    runs = answer.json()["runs"]
    assert [run["model_name"] for run in runs] == models
    assert {(run["seed"], run["preset"]) for run in runs} == {(7, "faithful")}
    for body, status in (({"models": models[:1]}, 400), ({}, 400), ({"models": [models[0], models[0]]}, 400)):
        assert caller.post(f"briefs/{brief.pk}/comparisons/", body).status_code == status
    assert GenerationRun.objects.count() == 2


def test_a_draft_is_written_again_with_feedback(cast: Cast) -> None:
    draft, caller = make_draft(make_brief(cast.marketer, cast.team)), Api(cast.marketer)
    answer = caller.post(f"drafts/{draft.pk}/regenerations/", {"feedback": "Facts first.", "variants": 2})
    assert answer.status_code == 201
    run = answer.json()
    assert answer["Location"] == f"/api/v1/runs/{run['id']}/"
    assert (run["revises"], run["brief"], run["variants"]) == (draft.pk, draft.brief_id, 2)
    assert [message["role"] for message in run["messages"]] == ["system", "user", "assistant", "user"]
    for feedback in ("", "   ", "x" * 6001):
        refused = caller.post(f"drafts/{draft.pk}/regenerations/", {"feedback": feedback})
        assert refused.status_code == 400
        assert list(refused.json()["errors"]) == ["feedback"]
