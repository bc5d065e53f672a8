from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.audit.models import AuditEvent
from generation.actions.drafts import edit_draft
from generation.actions.runs import request_run
from generation.draft_cards import panels_of
from generation.life import life_of_run
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
    for part in (
        "Write.",
        "Pocket writer",
        "2.13.0",
        "Most tokens",
        "Sampling",
        ">7<",
        draft.text,
        f"/drafts/{draft.pk}/",
    ):
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


@pytest.mark.parametrize(
    ("status", "label"),
    [
        ("SUCCEEDED", "Generate again with the same seed"),
        ("FAILED", "Try again</button>"),
        ("CANCELLED", "Try again</button>"),
    ],
)
def test_a_closed_run_is_repeated(cast: Cast, brief: Brief, status: str, label: str) -> None:
    run = make_run(brief, status=status, variants=3)
    client = cast.client("marketer")
    assert label in client.get(f"/runs/{run.pk}/").content.decode()
    assert label not in cast.client("auditor").get(f"/runs/{run.pk}/").content.decode()
    response = client.post(f"/runs/{run.pk}/repeat/")
    again = GenerationRun.objects.exclude(pk=run.pk).get()
    assert response["Location"] == f"/runs/{again.pk}/"
    assert (again.seed, again.messages, again.variants, again.status) == (run.seed, run.messages, 3, "QUEUED")
    assert AuditEvent.objects.get(action="run.requested").data["repeats"] == run.pk
    for address in (f"/runs/{again.pk}/", f"/briefs/{brief.pk}/"):
        assert f'href="/runs/{run.pk}/">Repeats run {run.pk}<' in client.get(address).content.decode()
    assert f"Repeated in run {again.pk}" in client.get(f"/runs/{run.pk}/").content.decode()


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING"])
def test_an_open_run_is_not_repeated(cast: Cast, brief: Brief, status: str) -> None:
    run = make_run(brief, status=status)
    client = cast.client("marketer")
    assert client.post(f"/runs/{run.pk}/repeat/").status_code == 409
    assert GenerationRun.objects.count() == 1


def repeated(brief: Brief, *texts: str, **changes: Any) -> GenerationRun:
    """A run with these texts that repeats one with the texts "0.", "1." and so on."""
    first, again = make_run(brief, variants=len(texts)), make_run(brief, variants=len(texts))
    for variant, text in enumerate(texts):
        make_draft(brief, f"{variant}.", first, variant)
        make_draft(brief, text, again, variant)
    with without_triggers():
        GenerationRun.objects.filter(pk=again.pk).update(repeats=first, **changes)
    return again


def test_a_repeat_says_that_the_texts_are_the_same(cast: Cast, brief: Brief) -> None:
    again = repeated(brief, "0.", "1.")
    text = cast.client("auditor").get(f"/runs/{again.pk}/").content.decode()
    assert "Same texts" in text
    assert "Most likely" not in text


def test_a_repeat_says_which_differ_and_what_changed_since(cast: Cast, brief: Brief) -> None:
    again = repeated(brief, "0.", "Other.", "Other.", model=make_model("Newer"), versions={"torch": "2.14.0"})
    text = cast.client("auditor").get(f"/runs/{again.pk}/").content.decode()
    assert "2 of 3 texts differ" in text
    for part in ("Newer", "torch", "– → 2.14.0", f"/briefs/{brief.pk}/compare/?runs={again.pk - 1},{again.pk}"):
        assert part in text


def test_texts_that_differ_without_a_known_cause_say_so(cast: Cast, brief: Brief) -> None:
    text = cast.client("auditor").get(f"/runs/{repeated(brief, 'Other.').pk}/").content.decode()
    assert "1 of 1 texts differs" in text
    assert "Weights and library versions are the same." in text


def test_a_repeat_of_what_failed_is_a_link_alone(cast: Cast, brief: Brief) -> None:
    again = repeated(brief, "0.")
    with without_triggers():
        GenerationRun.objects.filter(pk=again.pk - 1).update(status="FAILED")
    text = cast.client("auditor").get(f"/runs/{again.pk}/").content.decode()
    assert f"Repeats run {again.pk - 1}" in text
    assert "Same texts" not in text


def test_a_rewriting_run_shows_the_earlier_draft_among_its_messages(cast: Cast, brief: Brief) -> None:
    draft = make_draft(brief, "An earlier text.")
    run = request_run(actor=cast.marketer, brief=brief, variants=1, revises=draft, feedback="Facts first.")
    text = cast.client("auditor").get(f"/runs/{run.pk}/").content.decode()
    for part in ("Earlier draft", "An earlier text.", "Facts first.", f'href="/drafts/{draft.pk}/"'):
        assert part in text


def test_a_rewrite_says_of_which_draft_it_is(cast: Cast, brief: Brief) -> None:
    draft = make_draft(brief, variant=1)
    edited = edit_draft(actor=cast.second_marketer, draft=draft, text="By a person.")
    words = {
        draft: f"Rewrites run {draft.run_id}, variant 2",
        edited: "Rewrites the edit by Second Marketer",
    }
    runs = {d: request_run(actor=cast.marketer, brief=brief, variants=1, revises=d, feedback="Shorter.") for d in words}
    for revised, said in words.items():
        for address in (f"/runs/{runs[revised].pk}/", f"/briefs/{brief.pk}/"):
            text = cast.client("auditor").get(address).content.decode()
            assert f'href="/drafts/{revised.pk}/">{said}<' in text


def test_the_number_of_queries_does_not_grow_with_the_rewrites_and_repeats(cast: Cast, brief: Brief) -> None:
    counts = []
    drafts = [make_draft(brief, f"Text {number}.") for number in range(4)]
    for few in (drafts[:1], drafts[1:]):
        for draft in few:
            run = request_run(actor=cast.marketer, brief=brief, variants=1, revises=draft, feedback="Shorter.")
            with without_triggers():
                GenerationRun.objects.filter(pk=run.pk).update(status="FAILED", repeats=draft.run_id)
        with CaptureQueriesContext(connection) as queries:
            panels = panels_of(brief.runs.select_related("model", "requested_by"), may_write=True)
            assert sum(bool(panel.rewrites) for panel in panels) == brief.runs.filter(revises__isnull=False).count()
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("status", "state"),
    [("QUEUED", "todo"), ("RUNNING", "todo"), ("SUCCEEDED", "done"), ("FAILED", "blocked"), ("CANCELLED", "blocked")],
)
def test_the_life_line_ends_with_the_drafts(cast: Cast, brief: Brief, status: str, state: str) -> None:
    run = make_run(brief, status=status)
    step = life_of_run(run)[-1]
    assert (step.label, step.state) == ("Drafts", state)
    assert step.url == (f"/briefs/{brief.pk}/#run-{run.pk}" if state == "done" else "")


@pytest.mark.parametrize(
    ("status", "page", "reloads"),
    [("SUCCEEDED", "/runs/{run}/", True), ("RUNNING", "/runs/{run}/", False), ("SUCCEEDED", "/briefs/{brief}/", False)],
)
def test_the_runs_own_page_loads_anew_at_its_end(
    cast: Cast, brief: Brief, status: str, page: str, reloads: bool
) -> None:
    run = make_run(brief, status=status)
    address = "http://testserver" + page.format(run=run.pk, brief=brief.pk)
    response = cast.client("auditor").get(f"/runs/{run.pk}/panel/", headers={"HX-Current-URL": address})
    assert response.headers.get("HX-Refresh") == ("true" if reloads else None)


def test_a_waiting_run_says_its_place(cast: Cast, brief: Brief) -> None:
    runs = [make_run(brief, status="QUEUED") for _ in range(3)]
    client = cast.client("auditor")
    said = [client.get(f"/runs/{run.pk}/panel/").content.decode() for run in runs]
    for text, words in zip(said, ("Next in line", "1 run ahead", "2 runs ahead"), strict=True):
        assert words in text


@pytest.mark.parametrize("act", ["cancel", "repeat"])
def test_roles_teams_and_methods(cast: Cast, brief: Brief, act: str) -> None:
    run = make_run(brief, status="RUNNING" if act == "cancel" else "FAILED")
    address = f"/runs/{run.pk}/{act}/"
    assert cast.client("reviewer").post(address).status_code == 403
    assert cast.client("outsider").post(address).status_code == 404
    assert cast.client("marketer").get(address).status_code == 405
    assert GenerationRun.objects.get() == run


def test_a_double_click_repeats_once(cast: Cast, brief: Brief) -> None:
    run = make_run(brief, status="FAILED")
    client = cast.client("marketer")
    (key,) = idempotency_keys(client.get(f"/runs/{run.pk}/").content.decode())
    for _ in range(3):
        client.post(f"/runs/{run.pk}/repeat/", {"idempotency_key": key})
    assert GenerationRun.objects.count() == 2
