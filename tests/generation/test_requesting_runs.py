"""Asking for drafts: what the run takes over, what the event says, and what is refused."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from pytest_django import Settings

from aigc_portal.audit.models import AuditEvent
from aigc_portal.problems import Refused
from generation.actions.comparisons import request_comparison
from generation.actions.drafts import edit_draft
from generation.actions.runs import repeat_run, request_run
from generation.models import Brief, GenerationRun
from generation.prompting import LONGEST_FEEDBACK
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_model, make_run


@pytest.fixture
def brief(cast: Cast) -> Brief:
    return make_brief(cast.marketer, cast.team)


@pytest.fixture
def two_models(db: None, settings: Settings) -> tuple[str, str]:
    settings.PORTAL_MODEL = make_model("Pocket writer").name
    settings.PORTAL_EXTRA_MODELS = [make_model("Studio writer", alias=None).name]
    return "Pocket writer", "Studio writer"


def test_preset_numbers_and_model_stand_on_the_run_and_in_its_event(
    cast: Cast, brief: Brief, two_models: tuple[str, str]
) -> None:
    run = request_run(
        actor=cast.marketer,
        brief=brief,
        variants=2,
        model_name="Studio writer",
        preset="faithful",
        decoding={"max_tokens": 50},
        seed=7,
    )
    run.refresh_from_db()
    assert (run.preset, run.model_name, run.seed) == ("faithful", "Studio writer", 7)
    assert (run.decoding["temperature"], run.decoding["max_tokens"]) == (0.2, 50)
    assert run.model is not None
    assert run.model.name == "Studio writer"
    said = AuditEvent.objects.get(action="run.requested").data
    assert (said["preset"], said["model_name"], said["seed"]) == ("faithful", "Studio writer", 7)
    assert not {"repeats", "revises"} & said.keys()


def test_without_a_choice_the_default_model_writes_by_the_prompts_own_numbers(cast: Cast, brief: Brief) -> None:
    run = request_run(actor=cast.marketer, brief=brief, variants=1)
    assert (run.preset, run.model_name, run.model) == ("", "", None)
    assert run.decoding == brief.prompt_version.decoding
    assert not {"preset", "model_name"} & AuditEvent.objects.get(action="run.requested").data.keys()


def test_a_model_that_is_not_served_is_refused(cast: Cast, brief: Brief) -> None:
    with pytest.raises(Refused, match="model_unknown"):
        request_run(actor=cast.marketer, brief=brief, variants=1, model_name="gpt-2")
    assert not GenerationRun.objects.exists()


def test_the_language_is_asked_of_the_model_that_was_chosen(cast: Cast, brief: Brief, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model("English", languages=("en",)).name
    settings.PORTAL_EXTRA_MODELS = [make_model("中文", languages=("zh",), alias=None).name]
    request_run(actor=cast.marketer, brief=brief, variants=1, model_name="English")
    with pytest.raises(Refused, match="language_not_supported"):
        request_run(actor=cast.marketer, brief=brief, variants=1, model_name="中文")
    request_run(actor=cast.marketer, brief=brief, variants=1, model_name="中文", accept_language=True)


def test_settings_out_of_range_are_refused(cast: Cast, brief: Brief) -> None:
    with pytest.raises(ValidationError) as caught:
        request_run(actor=cast.marketer, brief=brief, variants=1, decoding={"top_p": 2})
    assert list(caught.value.message_dict) == ["top_p"]


def test_prompt_and_text_must_fit_into_the_model(cast: Cast, brief: Brief, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model().name
    request_run(actor=cast.marketer, brief=brief, variants=8, decoding={"max_tokens": 1500})
    with pytest.raises(Refused) as caught:
        request_run(actor=cast.marketer, brief=brief, variants=1, decoding={"max_tokens": 2040})
    assert (caught.value.code, caught.value.status) == ("prompt_too_long", 400)
    assert caught.value.extra["context_length"] == 2048
    for part in ("2048", str(caught.value.extra["needed"]), "Test model"):
        assert part in caught.value.detail


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "CANCELLED"])
def test_a_repeat_takes_over_everything(cast: Cast, brief: Brief, two_models: tuple[str, str], status: str) -> None:
    draft = make_draft(brief)
    first = request_run(
        actor=cast.marketer,
        brief=brief,
        variants=3,
        model_name="Studio writer",
        preset="inventive",
        revises=draft,
        feedback="Shorter.",
    )
    GenerationRun.objects.filter(pk=first.pk).update(status=status)
    first.refresh_from_db()
    again = repeat_run(actor=cast.second_marketer, run=first)
    for name in ("brief", "model_name", "preset", "messages", "decoding", "seed", "variants", "revises", "model"):
        assert getattr(again, name) == getattr(first, name), name
    assert (again.repeats, again.status, again.requested_by) == (first, "QUEUED", cast.second_marketer)
    said = AuditEvent.objects.filter(action="run.requested").latest("pk").data
    assert (said["repeats"], said["revises"], said["model_name"]) == (first.pk, draft.pk, "Studio writer")


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING"])
def test_an_open_run_is_not_repeated(cast: Cast, brief: Brief, status: str) -> None:
    with pytest.raises(Refused, match="run_not_closed"):
        repeat_run(actor=cast.marketer, run=make_run(brief, status=status))


def test_a_run_of_a_model_that_is_gone_is_not_repeated(
    cast: Cast, brief: Brief, two_models: tuple[str, str], settings: Settings
) -> None:
    run = request_run(actor=cast.marketer, brief=brief, variants=1, model_name="Studio writer")
    GenerationRun.objects.filter(pk=run.pk).update(status="FAILED")
    run.refresh_from_db()
    settings.PORTAL_EXTRA_MODELS = []
    with pytest.raises(Refused, match="model_unknown"):
        repeat_run(actor=cast.marketer, run=run)


def test_two_models_get_the_same_messages_seed_and_settings(
    cast: Cast, brief: Brief, two_models: tuple[str, str]
) -> None:
    left, right = request_comparison(
        actor=cast.marketer, brief=brief, model_names=two_models, variants=2, preset="faithful"
    )
    assert (left.model_name, right.model_name) == two_models
    for name in ("messages", "seed", "decoding", "preset", "variants"):
        assert getattr(left, name) == getattr(right, name), name
    assert AuditEvent.objects.filter(action="run.requested").count() == 2


def test_a_comparison_is_queued_whole_or_not_at_all(cast: Cast, brief: Brief, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model("English", languages=("en",)).name
    settings.PORTAL_EXTRA_MODELS = [make_model("中文", languages=("zh",), alias=None).name]
    for names, code in (
        (("English", "中文"), "language_not_supported"),
        (("English", "gpt-2"), "model_unknown"),
        (("English", "English"), "same_model_twice"),
    ):
        with pytest.raises(Refused, match=code):
            request_comparison(actor=cast.marketer, brief=brief, model_names=names, variants=1)
    assert not GenerationRun.objects.exists()
    assert not AuditEvent.objects.filter(action="run.requested").exists()


def test_a_rewrite_shows_the_model_brief_draft_and_feedback(cast: Cast, brief: Brief) -> None:
    draft = edit_draft(actor=cast.marketer, draft=make_draft(brief), text="Our own words.")
    run = request_run(
        actor=cast.second_marketer, brief=brief, variants=1, revises=draft, feedback=" Facts first.\r\nShorter. "
    )
    assert [message["role"] for message in run.messages] == ["system", "user", "assistant", "user"]
    assert "Picked in April" in run.messages[1]["content"]
    assert run.messages[2]["content"] == "Our own words."
    assert '"""\nFacts first.\nShorter.\n"""' in run.messages[3]["content"]
    assert run.revises == draft
    assert AuditEvent.objects.get(action="run.requested").data["revises"] == draft.pk


@pytest.mark.parametrize(
    ("feedback", "code"), [("", "feedback_required"), (" \n", "feedback_required"), ("x" * 6001, "feedback_too_long")]
)
def test_a_rewrite_needs_feedback_of_some_length(cast: Cast, brief: Brief, feedback: str, code: str) -> None:
    assert LONGEST_FEEDBACK == 6000
    with pytest.raises(Refused, match=code):
        request_run(actor=cast.marketer, brief=brief, variants=1, revises=make_draft(brief), feedback=feedback)


def test_an_empty_draft_is_not_rewritten(cast: Cast, brief: Brief) -> None:
    with pytest.raises(Refused, match="empty_text"):
        request_run(actor=cast.marketer, brief=brief, variants=1, revises=make_draft(brief, " "), feedback="Longer.")


def test_only_marketers_ask(cast: Cast, brief: Brief) -> None:
    for somebody in (cast.reviewer, cast.outsider):
        with pytest.raises(PermissionDenied):
            request_run(actor=somebody, brief=brief, variants=1)
        with pytest.raises(PermissionDenied):
            repeat_run(actor=somebody, run=make_run(brief))
        with pytest.raises(PermissionDenied):
            request_comparison(actor=somebody, brief=brief, model_names=("a", "b"), variants=1)
