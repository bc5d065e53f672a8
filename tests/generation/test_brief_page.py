from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.actions.drafts import edit_draft
from generation.models import Brief, GenerationRun
from review.actions import decisions
from review.actions.decisions import Verdict
from tests.cast import Cast
from tests.factories import (
    make_brief,
    make_draft,
    make_model,
    make_prompt,
    make_reason,
    make_review,
    make_run,
    without_triggers,
)
from tests.generation.pages import idempotency_keys


@pytest.fixture
def brief(cast: Cast) -> Brief:
    return make_brief(cast.marketer, cast.team)


def page(cast: Cast, brief: Brief, who: str = "marketer") -> str:
    response = cast.client(who).get(f"/briefs/{brief.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def test_values_and_the_version_of_the_prompt(cast: Cast, brief: Brief) -> None:
    text = page(cast, brief)
    assert "Picked in April" in text
    assert f"/prompts/{make_prompt(cast.team).prompt_id}/?version=1" in text


def test_who_may_read_and_who_may_write(cast: Cast, brief: Brief) -> None:
    draft = make_draft(brief)
    submit, edit = f"/drafts/{draft.pk}/submit/", f"/drafts/{draft.pk}/edit/"
    written, read = page(cast, brief, "second_marketer"), page(cast, brief, "auditor")
    for address in (submit, edit, f"/briefs/{brief.pk}/generate/", f"/briefs/{brief.pk}/edit/"):
        assert address in written
        assert address not in read
    assert draft.text in read
    assert cast.client("outsider").get(f"/briefs/{brief.pk}/").status_code == 404


def test_the_newest_run_comes_first_and_an_edit_stands_behind_its_draft(cast: Cast, brief: Brief) -> None:
    old = make_draft(brief, "An old draft.")
    run = make_run(brief, variants=2)
    first, second = make_draft(brief, "First.", run, 0), make_draft(brief, "Second.", run, 1)
    child = edit_draft(actor=cast.marketer, draft=first, text="First, edited.")
    edit_draft(actor=cast.second_marketer, draft=child, text="First, edited twice.")
    text = page(cast, brief)
    places = [
        text.index(f">{part}<") for part in ("First.", "First, edited.", "First, edited twice.", second.text, old.text)
    ]
    assert places == sorted(places)
    assert "edited by Second Marketer" in text


def test_a_card_says_how_the_draft_came_about(cast: Cast, brief: Brief) -> None:
    run = make_run(brief)
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(
            model=make_model("Pocket writer"), seconds=2, completion_tokens=7
        )
    make_draft(brief, run=run)
    text = page(cast, brief)
    for part in ("7 tokens", "3.5 tokens/s", "Complete", "Pocket writer"):
        assert part in text


def test_a_running_run_streams_and_can_be_cancelled(cast: Cast, brief: Brief) -> None:
    run = make_run(brief, status="QUEUED", variants=8)
    text = page(cast, brief)
    assert f'data-stream-url="/runs/{run.pk}/stream/" data-reload-url="/runs/{run.pk}/panel/"' in text
    assert text.count("data-text") == 8
    assert "Waiting for the model; it starts by itself." in text
    assert f"/runs/{run.pk}/cancel/" in text
    assert f"/runs/{run.pk}/cancel/" not in page(cast, brief, "reviewer")


@pytest.mark.parametrize(
    ("code", "happened", "retry"),
    [
        ("out_of_memory", "no memory left", True),
        ("prompt_too_long", "too long for the model", False),
        ("?", "nobody foresaw", True),
    ],
)
def test_a_failure_says_what_happened_and_what_to_do(
    cast: Cast, brief: Brief, code: str, happened: str, retry: bool
) -> None:
    run = make_run(brief, status="FAILED")
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(error_code=code)
    text = page(cast, brief)
    assert happened in text
    assert ("Run again" in text) is retry


def test_a_waiting_draft_can_be_withdrawn_and_not_submitted_twice(cast: Cast, brief: Brief) -> None:
    draft = make_draft(brief)
    review = make_review(draft)
    text = page(cast, brief)
    assert f"/reviews/{review.pk}/withdraw/" in text
    assert f"/drafts/{draft.pk}/submit/" not in text


def test_the_decision_with_its_reasons_and_the_way_on(cast: Cast, brief: Brief) -> None:
    make_reason(cast.team)
    draft = make_draft(brief)
    review = make_review(draft, claimed_by=cast.reviewer)
    verdict = Verdict(reasons=["inaccurate"], accuracy=2, comment="Picked in March.\nAsk the grower.")
    decisions.request_changes(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=verdict)
    text = page(cast, brief)
    for part in ("Changes requested", "States something false", "Ask the grower.", "Revise from here", "Reviewer"):
        assert part in text
    assert f"/drafts/{draft.pk}/edit/" in text
    assert f"/drafts/{draft.pk}/submit/" not in text


def test_a_correction_is_shown_and_revised_from(cast: Cast, brief: Brief) -> None:
    draft = make_draft(brief, "Tea from March.")
    review = make_review(draft, claimed_by=cast.reviewer)
    decisions.approve(actor=cast.reviewer, review=review, sha256=draft.sha256, corrected_text="Tea from April.")
    corrected = draft.children.get()
    text = page(cast, brief)
    assert "corrected by Reviewer" in text
    assert "<del>March</del><ins>April</ins>" in text
    assert f"/drafts/{draft.pk}/edit/" not in text
    assert text.count(f'href="/drafts/{corrected.pk}/edit/"') == 2
    assert "/submit/" not in text


def test_generate(cast: Cast, brief: Brief) -> None:
    response = cast.client("second_marketer").post(f"/briefs/{brief.pk}/generate/", {"variants": "4"})
    run = GenerationRun.objects.get()
    assert response["Location"] == f"/briefs/{brief.pk}/#run-{run.pk}"
    assert (run.variants, run.requested_by) == (4, cast.second_marketer)


def test_generate_asks_before_a_language_that_the_model_does_not_write(cast: Cast, brief: Brief) -> None:
    client = cast.client("marketer")
    make_model("中文模型", languages=("zh",))
    response = client.post(f"/briefs/{brief.pk}/generate/", {"variants": "4"})
    text = response.content.decode()
    assert response.status_code == 422
    assert "中文模型 does not write English." in text
    assert "Generate anyway" in text
    assert not GenerationRun.objects.exists()
    client.post(f"/briefs/{brief.pk}/generate/", {"variants": "4", "accept_language": "on"})
    assert GenerationRun.objects.get().variants == 4


@pytest.mark.parametrize("variants", ["0", "9", "-1", "", "x"])
def test_generate_refuses_other_numbers(cast: Cast, brief: Brief, variants: str) -> None:
    response = cast.client("marketer").post(f"/briefs/{brief.pk}/generate/", {"variants": variants})
    assert response.status_code == 422
    assert not GenerationRun.objects.exists()


def test_generate_needs_the_role_and_the_team(cast: Cast, brief: Brief) -> None:
    address = f"/briefs/{brief.pk}/generate/"
    assert cast.client("engineer").post(address, {"variants": "1"}).status_code == 403
    assert cast.client("outsider").post(address, {"variants": "1"}).status_code == 404
    assert cast.client("marketer").get(address).status_code == 405
    assert not GenerationRun.objects.exists()


def test_a_double_click_generates_once(cast: Cast, brief: Brief) -> None:
    client = cast.client("marketer")
    key = idempotency_keys(client.get(f"/briefs/{brief.pk}/").content.decode())[0]
    for _ in range(5):
        client.post(f"/briefs/{brief.pk}/generate/", {"variants": "1", "idempotency_key": key})
    assert GenerationRun.objects.count() == 1


def test_the_number_of_queries_is_constant(cast: Cast, brief: Brief) -> None:
    client = cast.client("marketer")
    make_reason(cast.team)
    counts = []
    for _ in range(2):
        for _ in range(3):
            run = make_run(brief, variants=2)
            draft, sibling = make_draft(brief, f"Old {run.pk}.", run, 0), make_draft(brief, f"New {run.pk}.", run, 1)
            edit_draft(actor=cast.marketer, draft=sibling, text="Newer.")
            review = make_review(draft, claimed_by=cast.reviewer)
            verdict = Verdict(reasons=["inaccurate"])
            decisions.approve(
                actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=verdict, corrected_text="Mended."
            )
            make_review(sibling)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/briefs/{brief.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_older_runs_are_on_the_next_page(cast: Cast, brief: Brief) -> None:
    runs = [make_run(brief) for _ in range(11)]
    assert f"?before={runs[1].pk}" in page(cast, brief)
