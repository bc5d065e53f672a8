from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from generation.actions.briefs import create_brief
from generation.actions.drafts import edit_draft
from generation.actions.runs import request_run
from generation.decoding_presets import PRESETS, chosen_decoding
from generation.models import Brief, GenerationRun, TeamLimit
from review.actions import decisions
from review.actions.verdicts import Verdict
from tests.cast import Cast
from tests.factories import (
    VALUES,
    make_brief,
    make_draft,
    make_model,
    make_prompt,
    make_reason,
    make_review,
    make_run,
    without_triggers,
)
from tests.generation.pages import idempotency_keys, make_prompt_with


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
    assert "Next in line" in text
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
    assert ("Try again</button>" in text) is retry


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
    for part in (
        "Changes requested",
        "States something false",
        "Ask the grower.",
        "Revise the text yourself",
        "Reviewer",
    ):
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
    assert "<del>March</del>" in text
    assert "<ins>April</ins>" in text
    assert "Take the reviewer's correction as it is" in text
    assert f"/drafts/{draft.pk}/edit/" not in text
    assert text.count(f'href="/drafts/{corrected.pk}/edit/"') == 2
    assert "/submit/" not in text


def test_a_refused_draft_leads_to_another_try_of_a_model(cast: Cast, brief: Brief) -> None:
    make_reason(cast.team)
    draft, other = make_draft(brief), make_draft(brief, "Waits.")
    make_review(other)
    review = make_review(draft, claimed_by=cast.reviewer)
    decisions.reject(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    run = request_run(actor=cast.marketer, brief=brief, variants=1, revises=draft, feedback="True, please.")
    text = page(cast, brief)
    assert text.count("Generate again with this feedback") == 1
    assert f'href="/drafts/{draft.pk}/regenerate/"' in text
    assert f"rewritten in run {run.pk}" in text
    assert "/regenerate/" not in page(cast, brief, "auditor")


def test_a_run_says_its_preset_and_its_weights_once(cast: Cast, brief: Brief) -> None:
    model = make_model("Pocket writer")
    run = make_run(brief, variants=2)
    with without_triggers():
        changed = chosen_decoding({"max_tokens": 40}, "inventive", {"temperature": 0.5})
        GenerationRun.objects.filter(pk=run.pk).update(model=model, preset="inventive", decoding=changed)
    for variant in range(2):
        make_draft(brief, f"Text {variant}.", run, variant)
    text = page(cast, brief)
    assert text.count(f'href="/models/{model.pk}/"') == 1
    assert model.digest[:12] in text
    assert "2 variants · Inventive, changed" in text


def test_presets_are_cards_and_their_numbers_lie_behind_a_fold(cast: Cast, brief: Brief) -> None:
    text = page(cast, brief)
    for name in PRESETS:
        assert f'type="radio" name="preset" value="{name}"' in text
    assert 'value="balanced" id="id_preset_1" checked' in text
    assert '<details class="fold numbers">' in text
    assert "As the prompt says" not in text
    for name in ("temperature", "top_p", "top_k", "repetition_penalty", "max_tokens", "seed"):
        assert f'name="{name}"' in text


def test_a_prompt_of_its_own_kind_is_followed_unless_another_preset_is_chosen(cast: Cast) -> None:
    own = {"strategy": "sample", "temperature": 0.55, "max_tokens": 90}
    version = make_prompt_with(cast.team, own)
    brief = create_brief(actor=cast.marketer, prompt_version=version, title="Tea", values=VALUES)
    client, address = cast.client("marketer"), f"/briefs/{brief.pk}/generate/"
    assert "As the prompt says" in page(cast, brief)
    client.post(address, {"variants": "1", "preset": ""})
    client.post(address, {"variants": "1", "preset": "faithful"})
    first, second = GenerationRun.objects.order_by("pk")
    assert first.decoding == own
    assert (second.decoding["temperature"], second.decoding["max_tokens"]) == (0.2, 90)


def test_generate_with_a_preset_and_numbers(cast: Cast, brief: Brief) -> None:
    data = {"variants": "1", "preset": "faithful", "top_p": "0.7", "max_tokens": "60", "seed": "7", "temperature": ""}
    cast.client("marketer").post(f"/briefs/{brief.pk}/generate/", data)
    run = GenerationRun.objects.get()
    assert (run.preset, run.seed) == ("faithful", 7)
    assert [run.decoding[name] for name in ("temperature", "top_p", "max_tokens")] == [0.2, 0.7, 60]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"temperature": "20"}, "Enter a number from 0.01 to 10."),
        ({"top_p": "nan"}, "Enter a number from 0.001 to 1."),
        ({"max_tokens": "5000"}, "Enter a number from 1 to 2,048."),
        ({"top_k": "1.5"}, "Enter a whole number from 0 to 1,000,000."),
        ({"seed": "1e999"}, "Enter a number from 0 to 9,223,372,036,854,775,807."),
        ({"preset": "wild"}, "Select a valid choice."),
        ({"model_name": "gpt-2"}, "Select a valid choice."),
    ],
)
def test_numbers_out_of_range_open_the_fold_and_say_the_range(
    cast: Cast, brief: Brief, changes: dict[str, str], error: str
) -> None:
    data = {"variants": "1", "preset": "balanced"} | changes
    response = cast.client("marketer").post(f"/briefs/{brief.pk}/generate/", data)
    text = response.content.decode()
    assert response.status_code == 422
    assert error in text or "model_name" in changes
    assert ('<details class="fold numbers" open>' in text) is (not {"preset", "model_name"} & changes.keys())
    assert not GenerationRun.objects.exists()


def test_beams_bound_the_variants_of_a_run_and_of_a_comparison(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model("Pocket writer").name
    settings.PORTAL_EXTRA_MODELS = [make_model("Other", alias=None).name]
    version = make_prompt_with(cast.team, {"strategy": "beam", "num_beams": 2})
    brief = create_brief(actor=cast.marketer, prompt_version=version, title="Tea", values=VALUES)
    data = {"variants": "3", "preset": "", "first_model": "Pocket writer", "second_model": "Other"}
    for part in ("generate", "compare"):
        response = cast.client("marketer").post(f"/briefs/{brief.pk}/{part}/", data | {"model_name": "Other"})
        assert response.status_code == 422
        assert "With 2 beams there can be 2 variants at most." in response.content.decode()
    assert not GenerationRun.objects.exists()


def test_one_model_is_no_choice_and_two_may_be_compared(cast: Cast, brief: Brief, settings: Settings) -> None:
    assert 'name="model_name"' not in page(cast, brief)
    assert "Compare two models" not in page(cast, brief)
    settings.PORTAL_MODEL = make_model("中文", languages=("zh",)).name
    settings.PORTAL_EXTRA_MODELS = [make_model("English", languages=("en",), alias=None).name]
    text = page(cast, brief)
    assert '<option value="English" selected>English</option>' in text
    assert "中文 (not English)" in text
    assert "does not write" not in text
    assert "Compare two models" in text
    cast.client("marketer").post(f"/briefs/{brief.pk}/generate/", {"variants": "1", "model_name": "English"})
    assert GenerationRun.objects.get().model_name == "English"


def test_two_runs_can_be_compared(cast: Cast, brief: Brief) -> None:
    make_run(brief)
    assert f"/briefs/{brief.pk}/compare/" not in page(cast, brief, "auditor")
    make_run(brief)
    assert f"/briefs/{brief.pk}/compare/" in page(cast, brief, "auditor")


def test_generate(cast: Cast, brief: Brief) -> None:
    response = cast.client("second_marketer").post(f"/briefs/{brief.pk}/generate/", {"variants": "4"})
    run = GenerationRun.objects.get()
    assert response["Location"] == f"/briefs/{brief.pk}/#run-{run.pk}"
    assert (run.variants, run.requested_by) == (4, cast.second_marketer)


def test_generate_asks_before_a_language_that_the_model_does_not_write(
    cast: Cast, brief: Brief, settings: Settings
) -> None:
    client = cast.client("marketer")
    settings.PORTAL_MODEL = make_model("中文模型", languages=("zh",)).name
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
    assert cast.client("marketer").put(address).status_code == 405
    assert not GenerationRun.objects.exists()


def test_the_address_that_a_refused_form_leaves_leads_back_to_the_brief(cast: Cast, brief: Brief) -> None:
    address = f"/briefs/{brief.pk}/generate/"
    response = cast.client("auditor").get(address)
    assert (response.status_code, response["Location"]) == (302, f"/briefs/{brief.pk}/")
    assert cast.client("outsider").get(address).status_code == 404


def test_a_refused_form_opens_at_its_first_wrong_field(cast: Cast, brief: Brief) -> None:
    data = {"variants": "1", "preset": "balanced", "top_k": "1e", "seed": "--5"}
    text = cast.client("marketer").post(f"/briefs/{brief.pk}/generate/", data).content.decode()
    assert "Nothing was generated. Please look at the marked fields" in text
    assert "Nothing was saved" not in text
    assert '<a href="#id_top_k">Top-k</a> <a href="#id_seed">Seed</a>' in text
    notice, form = text.split('class="brief-desk"')
    assert "autofocus" not in notice.partition('role="alert"')[2].partition(">")[0]
    number = form[form.index('name="top_k"') :].partition(">")[0]
    assert 'value="1e"' in number
    assert "autofocus" in number


def test_a_wrong_choice_is_linked_and_the_notice_takes_the_focus(cast: Cast, brief: Brief) -> None:
    text = cast.client("marketer").post(f"/briefs/{brief.pk}/generate/", {"variants": "0"}).content.decode()
    assert '<a href="#id_variants_0">Variants</a>' in text
    assert 'role="alert" tabindex="-1" autofocus>' in text


def test_the_form_starts_with_what_the_person_chose_last(cast: Cast, brief: Brief, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model("Pocket writer").name
    settings.PORTAL_EXTRA_MODELS = [make_model("Other", alias=None).name]
    data = {"variants": "5", "preset": "inventive", "model_name": "Other", "top_k": "40", "seed": "77"}
    cast.client("marketer").post(f"/briefs/{brief.pk}/generate/", data)
    text, others = (
        page(cast, brief, who).partition('name="first_model"')[0] for who in ("marketer", "second_marketer")
    )
    for chosen in ('value="5" id="id_variants_4" required checked', '<option value="Other" selected>Other'):
        assert chosen in text
        assert chosen not in others
    assert 'value="inventive" id="id_preset_2" checked' in text
    assert 'value="balanced" id="id_preset_1" checked' in others
    assert 'value="40"' not in text
    assert 'value="77"' not in text
    settings.PORTAL_EXTRA_MODELS = []
    assert 'value="5" id="id_variants_4" required checked' in page(cast, brief)


def test_a_limit_of_the_team_stands_on_the_page_with_the_time_to_wait(cast: Cast, brief: Brief) -> None:
    TeamLimit.objects.create(team=cast.team, daily_tokens=700)
    client, data = cast.client("marketer"), {"variants": "3", "max_tokens": "120"}
    assert client.post(f"/briefs/{brief.pk}/generate/", data).status_code == 302
    response = client.post(f"/briefs/{brief.pk}/generate/", data)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    text = response.content.decode()
    assert "try again after midnight" in text
    assert 'name="max_tokens" value="120"' in text
    assert GenerationRun.objects.count() == 1


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
            make_run(brief, status="QUEUED")
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
