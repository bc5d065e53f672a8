from __future__ import annotations

import pytest

from aigc_portal.audit.models import AuditEvent
from generation.models import Brief, GenerationRun
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_model, make_run, without_triggers
from tests.generation.pages import idempotency_keys


@pytest.fixture
def brief(cast: Cast) -> Brief:
    return make_brief(cast.marketer, cast.team)


def test_the_page_holds_what_makes_the_run_reproducible(cast: Cast, brief: Brief) -> None:
    run = make_run(brief)
    model = make_model("Pocket writer")
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(
            model=model, versions={"torch": "2.13.0"}, attempt=2, seconds=1.5
        )
    draft = make_draft(brief, run=run)
    text = cast.client("auditor").get(f"/runs/{run.pk}/").content.decode()
    for part in ("Write.", "Pocket writer", "2.13.0", "max_tokens", ">7<", draft.text, f"/drafts/{draft.pk}/"):
        assert part in text


def test_a_failed_run_shows_the_engines_own_words_too(cast: Cast, brief: Brief) -> None:
    run = make_run(brief, status="FAILED")
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(error_code="out_of_memory", error="CUDA out of memory")
    text = cast.client("marketer").get(f"/runs/{run.pk}/").content.decode()
    assert "The machine had no memory left" in text
    assert "CUDA out of memory" in text


def test_the_panel_is_a_part_with_the_briefs_new_state(cast: Cast, brief: Brief) -> None:
    draft = make_draft(brief)
    text = cast.client("marketer").get(f"/runs/{draft.run_id}/panel/").content.decode()
    assert "<html" not in text
    assert draft.text in text
    assert '<span id="brief-state" hx-swap-oob="true">' in text
    assert "Drafts ready" in text


@pytest.mark.parametrize("page", ["", "panel/"])
def test_other_teams_see_nothing(cast: Cast, brief: Brief, page: str) -> None:
    run = make_run(brief, status="RUNNING")
    assert cast.client("outsider").get(f"/runs/{run.pk}/{page}").status_code == 404
    assert cast.client("marketer").post(f"/runs/{run.pk}/{page}").status_code == 405


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING"])
def test_cancel(cast: Cast, brief: Brief, status: str) -> None:
    run = make_run(brief, status=status)
    response = cast.client("second_marketer").post(f"/runs/{run.pk}/cancel/")
    run.refresh_from_db()
    assert response["Location"] == f"/briefs/{brief.pk}/#run-{run.pk}"
    assert run.status == "CANCELLED"
    assert AuditEvent.objects.get(action="run.cancelled").actor == cast.second_marketer


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "CANCELLED"])
def test_an_ended_run_cannot_be_cancelled(cast: Cast, brief: Brief, status: str) -> None:
    run = make_run(brief, status=status)
    assert cast.client("marketer").post(f"/runs/{run.pk}/cancel/").status_code == 409
    run.refresh_from_db()
    assert run.status == status


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
def test_retry_repeats_the_same_request(cast: Cast, brief: Brief, status: str) -> None:
    run = make_run(brief, status=status, variants=3)
    response = cast.client("marketer").post(f"/runs/{run.pk}/retry/")
    again = GenerationRun.objects.exclude(pk=run.pk).get()
    assert response["Location"] == f"/briefs/{brief.pk}/#run-{again.pk}"
    assert (again.seed, again.messages, again.variants, again.status) == (run.seed, run.messages, 3, "QUEUED")


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "SUCCEEDED"])
def test_only_what_did_not_succeed_is_retried(cast: Cast, brief: Brief, status: str) -> None:
    run = make_run(brief, status=status)
    assert cast.client("marketer").post(f"/runs/{run.pk}/retry/").status_code == 409
    assert GenerationRun.objects.count() == 1


@pytest.mark.parametrize("act", ["cancel", "retry"])
def test_roles_teams_and_methods(cast: Cast, brief: Brief, act: str) -> None:
    run = make_run(brief, status="RUNNING" if act == "cancel" else "FAILED")
    address = f"/runs/{run.pk}/{act}/"
    assert cast.client("reviewer").post(address).status_code == 403
    assert cast.client("outsider").post(address).status_code == 404
    assert cast.client("marketer").get(address).status_code == 405
    assert GenerationRun.objects.get() == run


def test_a_double_click_retries_once(cast: Cast, brief: Brief) -> None:
    run = make_run(brief, status="FAILED")
    client = cast.client("marketer")
    (key,) = idempotency_keys(client.get(f"/runs/{run.pk}/").content.decode())
    for _ in range(3):
        client.post(f"/runs/{run.pk}/retry/", {"idempotency_key": key})
    assert GenerationRun.objects.count() == 2
