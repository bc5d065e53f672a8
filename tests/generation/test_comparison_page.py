from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from aigc_portal.audit.models import AuditEvent
from generation.models import Brief, GenerationRun, ModelVersion
from review.actions import submission
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_model, make_run, without_triggers
from tests.generation.pages import idempotency_keys


@pytest.fixture
def brief(cast: Cast) -> Brief:
    return make_brief(cast.marketer, cast.team)


@pytest.fixture
def two_models(db: None, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model("Pocket writer").name
    settings.PORTAL_EXTRA_MODELS = [make_model("Studio writer", alias=None).name]


def make_written(brief: Brief, *texts: str, **changes: Any) -> GenerationRun:
    """A finished run with a draft for each text."""
    run = make_run(brief, variants=len(texts))
    for variant, text in enumerate(texts):
        make_draft(brief, text, run, variant)
    with without_triggers():
        GenerationRun.objects.filter(pk=run.pk).update(seconds=2, completion_tokens=70, **changes)
    run.refresh_from_db()
    return run


def page(cast: Cast, brief: Brief, *runs: GenerationRun, who: str = "auditor") -> str:
    query = f"?runs={','.join(str(run.pk) for run in runs)}" if runs else ""
    response = cast.client(who).get(f"/briefs/{brief.pk}/compare/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_same_variants_stand_side_by_side(cast: Cast, brief: Brief) -> None:
    left = make_written(brief, "Left one.", "Left two.", model=make_model("Pocket writer"))
    right = make_written(brief, "Right one.", model=make_model("Studio writer", alias=None))
    text = page(cast, brief, left, right)
    places = [text.index(part) for part in ("Left one.", "Right one.", "Left two.", "No such variant")]
    assert places == sorted(places)
    for part in ("7 tokens", "Complete", "35.0 tokens/s", "model fairly sure (61 %)"):
        assert part in text
    for name in ("Pocket writer", "Studio writer"):
        assert text.count(f'class="compared-model">{name}<') == (2 if name == "Pocket writer" else 1)


def test_what_differs_stands_first_and_the_rest_behind_a_fold(cast: Cast, brief: Brief) -> None:
    left = make_written(brief, "Left.")
    right = make_written(brief, "Right.", decoding={"strategy": "sample", "max_tokens": 60}, seed=8)
    text = page(cast, brief, left, right)
    different, same = text.split("What differs")[1].split("<details", 1)
    for part in ("Most tokens", ">40<", ">60<", "Seed", ">7<", ">8<"):
        assert part in different
    assert "Strategy" not in different
    assert "Strategy" in same


def test_two_runs_of_one_model_are_told_apart_by_their_numbers(cast: Cast, brief: Brief) -> None:
    left, right = make_written(brief, "Left."), make_written(brief, "Right.")
    text = page(cast, brief, left, right)
    for run in (left, right):
        assert f'class="compared-model">Run {run.pk}<' in text
    assert "Nothing: both runs were asked the same" in text


def test_other_words_to_the_model_are_named(cast: Cast, brief: Brief) -> None:
    left = make_written(brief, "Left.")
    right = make_written(brief, "Right.", messages=[{"role": "user", "content": "Write more."}])
    text = page(cast, brief, left, right)
    assert "What the model was told" in text
    assert f"as in run {right.pk}" in text


def test_two_names_of_the_same_weights_are_two_models(cast: Cast, brief: Brief, two_models: None) -> None:
    weights = ModelVersion.objects.get(name="Studio writer")
    left = make_written(brief, "Left.", model=weights, model_name="Pocket writer")
    right = make_written(brief, "Right.", model=weights, model_name="Studio writer")
    different, same = page(cast, brief, left, right).split("What differs")[1].split("<details", 1)
    assert '<th scope="row">Model</th><td>Pocket writer</td><td>Studio writer</td>' in different
    assert weights.digest[:12] in same


def test_weights_that_are_not_known_yet_are_no_difference(cast: Cast, brief: Brief) -> None:
    left, right = make_written(brief, "Left.", model=make_model()), make_run(brief, status="RUNNING")
    assert ">Weights<" not in page(cast, brief, left, right)
    other = make_written(brief, "Other.", model=make_model("Other", alias=None))
    assert ">Weights<" in page(cast, brief, left, other)


def test_equal_texts_are_marked(cast: Cast, brief: Brief) -> None:
    left, right = make_written(brief, "Same.", "Left."), make_written(brief, "Same.", "Right.")
    assert page(cast, brief, left, right).count(">Same text<") == 2


def test_how_sure_is_explained_where_a_card_says_it(cast: Cast, brief: Brief) -> None:
    waiting = [make_run(brief, status="QUEUED") for _ in range(2)]
    assert "How sure the model was" not in page(cast, brief, *waiting)
    assert "How sure the model was" in page(cast, brief, make_written(brief, "Left."), waiting[0])


def test_edits_by_people_are_left_out(cast: Cast, brief: Brief) -> None:
    left, right = make_written(brief, "Left."), make_written(brief, "Right.")
    cast.client("marketer").post(f"/drafts/{left.drafts.get().pk}/edit/", {"text": "By a person."})
    assert "By a person." not in page(cast, brief, left, right)


def test_open_runs_stream_into_their_cards_and_the_whole_part_comes_anew_at_the_end(cast: Cast, brief: Brief) -> None:
    left, right = make_run(brief, status="RUNNING", variants=2), make_run(brief, status="QUEUED", variants=2)
    text = page(cast, brief, left, right)
    for run in (left, right):
        assert f'data-stream-url="/runs/{run.pk}/stream/" data-stream-cards=\'[data-run="{run.pk}"]\'' in text
        assert text.count(f'<article class="draft" data-run="{run.pk}"') == 2
    assert "js/draft_stream.js" in text
    again = f'data-reload-url="/briefs/{brief.pk}/compare/?runs={left.pk},{right.pk}" data-reload-target="#comparison"'
    assert text.count(again) == 2
    assert "Next in line" in text
    address = f"/briefs/{brief.pk}/compare/?runs={left.pk},{right.pk}"
    part = cast.client("auditor").get(address, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="comparison"')


def test_failed_and_cancelled_runs_say_so(cast: Cast, brief: Brief) -> None:
    text = page(cast, brief, make_run(brief, status="FAILED"), make_run(brief, status="CANCELLED"), who="marketer")
    assert "nobody foresaw" in text
    assert "This run was cancelled" in text
    assert text.count("Try again</button>") == 2


def test_without_a_choice_the_newest_two_and_both_ways_to_name_them(cast: Cast, brief: Brief) -> None:
    runs = [make_written(brief, f"Text {number}.") for number in range(3)]
    text = page(cast, brief)
    assert "Text 0." not in text
    assert text.index("Text 1.") < text.index("Text 2.")
    client = cast.client("auditor")
    chosen = client.get(f"/briefs/{brief.pk}/compare/?runs={runs[2].pk}&runs={runs[0].pk}").content.decode()
    assert chosen.index("Text 2.") < chosen.index("Text 0.")


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_runs_to_compare(cast: Cast, brief: Brief, count: int) -> None:
    for number in range(count):
        make_written(brief, f"Text {number}.")
    text = page(cast, brief)
    assert "Nothing to compare yet" in text
    assert f'href="/briefs/{brief.pk}/"' in text
    assert "<select" not in text


def test_one_run_or_three_are_no_comparison(cast: Cast, brief: Brief) -> None:
    runs = [make_written(brief, f"Text {number}.") for number in range(3)]
    for chosen in ([runs[0]], [runs[0], runs[0]], runs):
        text = page(cast, brief, *chosen)
        assert "Choose two runs" in text
        assert text.count("<option") == 6


def test_other_briefs_other_teams_and_nonsense(cast: Cast, brief: Brief) -> None:
    mine, other = make_written(brief, "Mine."), make_run(make_brief(cast.marketer, cast.team, "Another"))
    foreign = make_run(make_brief(cast.outsider, cast.other_team, "Coffee"))
    client, address = cast.client("marketer"), f"/briefs/{brief.pk}/compare/"
    for second in (other.pk, foreign.pk, 999_999, "x", "-1", "1;2", "9" * 30, ""):
        assert client.get(f"{address}?runs={mine.pk},{second}").status_code == 404, second
    assert cast.client("outsider").get(address).status_code == 404
    assert client.put(address).status_code == 405


def test_the_number_of_queries_is_constant(cast: Cast, brief: Brief) -> None:
    counts = []
    client = cast.client("marketer")
    for size in (1, 6):
        runs = [make_written(brief, *(f"{side}{size}{number}" for number in range(size))) for side in "ab"]
        for draft in runs[0].drafts.all():
            submission.submit_for_review(actor=cast.marketer, draft=draft)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/briefs/{brief.pk}/compare/?runs={runs[0].pk},{runs[1].pk}")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def asked(**changes: str) -> dict[str, str]:
    models = {"first_model": "Pocket writer", "second_model": "Studio writer"}
    return {"variants": "2", "preset": "faithful"} | models | changes


def test_two_models_are_asked_and_their_comparison_opens(cast: Cast, brief: Brief, two_models: None) -> None:
    response = cast.client("second_marketer").post(f"/briefs/{brief.pk}/compare/", asked(max_tokens="60"))
    left, right = GenerationRun.objects.order_by("pk")
    assert response["Location"] == f"/briefs/{brief.pk}/compare/?runs={left.pk},{right.pk}"
    assert (left.model_name, right.model_name) == ("Pocket writer", "Studio writer")
    assert (left.seed, left.messages, left.decoding) == (right.seed, right.messages, right.decoding)
    assert (left.preset, left.variants, left.decoding["max_tokens"]) == ("faithful", 2, 60)
    assert AuditEvent.objects.filter(action="run.requested", actor=cast.second_marketer).count() == 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"second_model": "Pocket writer"}, "Choose two different models to compare."),
        ({"second_model": ""}, "Choose two different models to compare."),
        ({"first_model": "gpt-2"}, "Select a valid choice."),
        ({"temperature": "99"}, "Enter a number from 0.01 to 10."),
    ],
)
def test_what_cannot_be_compared_is_said_on_the_briefs_page(
    cast: Cast, brief: Brief, two_models: None, changes: dict[str, str], error: str
) -> None:
    response = cast.client("marketer").post(f"/briefs/{brief.pk}/compare/", asked(**changes))
    text = response.content.decode()
    assert response.status_code == 422
    assert error in text
    assert '<details class="fold" open>' in text
    assert not GenerationRun.objects.exists()


def test_a_language_that_one_of_them_does_not_write_is_asked_about(
    cast: Cast, brief: Brief, two_models: None, settings: Settings
) -> None:
    settings.PORTAL_EXTRA_MODELS = [make_model("中文", languages=("zh",), alias=None).name]
    client, address = cast.client("marketer"), f"/briefs/{brief.pk}/compare/"
    response = client.post(address, asked(second_model="中文"))
    text = response.content.decode()
    assert response.status_code == 422
    assert "中文 does not write English." in text
    assert "Compare anyway" in text
    client.post(address, asked(second_model="中文", accept_language="on"))
    assert GenerationRun.objects.count() == 2


def test_comparing_needs_the_role_and_the_team(cast: Cast, brief: Brief, two_models: None) -> None:
    address = f"/briefs/{brief.pk}/compare/"
    assert cast.client("engineer").post(address, asked()).status_code == 403
    assert cast.client("outsider").post(address, asked()).status_code == 404
    assert not GenerationRun.objects.exists()


def test_a_double_click_compares_once(cast: Cast, brief: Brief, two_models: None) -> None:
    client = cast.client("marketer")
    key = idempotency_keys(client.get(f"/briefs/{brief.pk}/").content.decode())[0]
    for _ in range(3):
        client.post(f"/briefs/{brief.pk}/compare/", asked(idempotency_key=key))
    assert GenerationRun.objects.count() == 2
