from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from aigc_portal.audit.models import AuditEvent
from generation.models import Brief, GenerationRun, TeamLimit
from generation.views import brief_writing
from tests.cast import Cast
from tests.factories import VALUES, make_model, make_prompt
from tests.generation.pages import idempotency_keys, make_product_prompt, make_prompt_with, posted


def test_prompts_to_choose_from(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model("English only", languages=("en",)).name
    make_prompt(cast.team)
    make_product_prompt(cast.team, "zh")
    make_product_prompt(cast.other_team)
    text = cast.client("marketer").get("/briefs/new/").content.decode()
    assert "Social post" in text
    assert "商品描述" in text
    assert "Product description" not in text
    assert text.count("English only does not write Chinese.") == 1


@pytest.mark.parametrize("who", ["reviewer", "auditor", "engineer", "admin"])
def test_only_marketers_write(cast: Cast, who: str) -> None:
    address = f"/briefs/new/{make_prompt(cast.team).pk}/"
    client = cast.client(who)
    assert client.get("/briefs/new/").status_code == 403
    assert client.get(address).status_code == 403
    assert client.post(address, posted()).status_code == 403
    assert not Brief.objects.exists()


def test_another_teams_prompt_is_not_there(cast: Cast) -> None:
    address = f"/briefs/new/{make_prompt(cast.team).pk}/"
    assert cast.client("outsider").get(address).status_code == 404
    assert cast.client("outsider").post(address, posted()).status_code == 404


def test_the_form_follows_the_typed_variables(cast: Cast) -> None:
    text = cast.client("marketer").get(f"/briefs/new/{make_product_prompt(cast.team).pk}/").content.decode()
    assert '<textarea name="value-facts"' in text
    assert 'data-limit="2000"' in text
    assert 'type="number" name="value-words"' in text
    assert 'min="20"' in text
    assert text.count('type="radio" name="value-tone"') == 4
    assert text.count('type="radio" name="variants"') == 8
    assert 'placeholder="Harbour travel mug"' in text
    assert "The model is told to use nothing else" in text
    assert "maxlength" not in text


def test_save_only(cast: Cast) -> None:
    response = cast.client("marketer").post(f"/briefs/new/{make_prompt(cast.team).pk}/", posted(variants="nonsense"))
    brief = Brief.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/briefs/{brief.pk}/")
    assert brief.values == VALUES | {"audience": "", "hashtag": ""}
    assert brief.training_consent
    assert not brief.runs.exists()
    assert AuditEvent.objects.get(action="brief.created").actor == cast.marketer


def test_consent_can_be_refused(cast: Cast) -> None:
    data = posted()
    del data["training_consent"]
    cast.client("marketer").post(f"/briefs/new/{make_prompt(cast.team).pk}/", data)
    assert not Brief.objects.get().training_consent


def test_create_and_generate(cast: Cast) -> None:
    make_model()
    cast.client("marketer").post(f"/briefs/new/{make_prompt(cast.team).pk}/", posted(then="generate", variants="5"))
    run = GenerationRun.objects.get()
    assert (run.variants, run.status, run.requested_by) == (5, "QUEUED", cast.marketer)
    assert (run.preset, run.model_name) == ("balanced", "")
    assert AuditEvent.objects.filter(action="run.requested").count() == 1


def test_a_language_that_the_model_does_not_write_is_asked_about_first(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model("English only", languages=("en",)).name
    version = make_product_prompt(cast.team, "zh")
    client = cast.client("marketer")
    assert "English only does not write Chinese." in client.get(f"/briefs/new/{version.pk}/").content.decode()
    values = {"value-product": "杯子", "value-facts": "不锈钢", "value-tone": "亲切", "value-characters": "100"}
    data = {"title": "杯子", "then": "generate", "variants": "2"} | values
    text = client.post(f"/briefs/new/{version.pk}/", data, follow=True).content.decode()
    assert Brief.objects.count() == 1
    assert not GenerationRun.objects.exists()
    assert "The brief is saved. Nothing was generated yet" in text
    assert "Generate anyway" in text


def test_a_limit_of_the_team_does_not_cost_the_brief(cast: Cast) -> None:
    TeamLimit.objects.create(team=cast.team, daily_tokens=10)
    client, address = cast.client("marketer"), f"/briefs/new/{make_prompt(cast.team).pk}/"
    text = client.post(address, posted(then="generate"), follow=True).content.decode()
    assert Brief.objects.count() == 1
    assert "The brief is saved. Nothing was generated yet: This needs up to" in text


def test_settings_that_are_refused_at_the_last_moment_do_not_cost_the_brief(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def request_run(**_said: object) -> None:
        raise ValidationError({"num_beams": ["Too few beams."]})

    monkeypatch.setattr(brief_writing, "request_run", request_run)
    client, address = cast.client("marketer"), f"/briefs/new/{make_prompt(cast.team).pk}/"
    response = client.post(address, posted(then="generate"), follow=True)
    assert response.redirect_chain == [(f"/briefs/{Brief.objects.get().pk}/", 302)]
    assert "The brief is saved. Nothing was generated yet: Too few beams." in response.content.decode()


def test_beams_bound_the_variants(cast: Cast) -> None:
    version = make_prompt_with(cast.team, {"strategy": "beam", "num_beams": 2, "max_tokens": 20})
    client, address = cast.client("marketer"), f"/briefs/new/{version.pk}/"
    response = client.post(address, posted(then="generate", variants="3"))
    assert response.status_code == 422
    assert "With 2 beams there can be 2 variants at most." in response.content.decode()
    assert not Brief.objects.exists()
    assert client.post(address, posted(then="generate", variants="2")).status_code == 302
    assert GenerationRun.objects.get().decoding == {"strategy": "beam", "num_beams": 2, "max_tokens": 20}


@pytest.mark.parametrize(
    ("decoding", "error"),
    [
        ({"strategy": "beam"}, "Beam search needs two beams or more"),
        ({"max_tokens": 5000}, "Enter a number from 1 to 2048."),
        ({"temperature": 50}, "temperature is 50"),
        ({"temperature": "warm"}, "The settings that this prompt was written with cannot be used."),
        ({"stop": None}, "The settings that this prompt was written with cannot be used."),
        ({"mood": "good"}, "The settings that this prompt was written with cannot be used."),
    ],
)
def test_a_prompt_whose_settings_nobody_can_follow_says_so_on_both_pages(
    cast: Cast, decoding: dict[str, object], error: str
) -> None:
    address = f"/briefs/new/{make_prompt_with(cast.team, decoding).pk}/"
    client = cast.client("marketer")
    response = client.post(address, posted(then="generate"))
    assert (response.status_code, Brief.objects.count()) == (422, 0)
    assert error in response.content.decode()
    assert client.post(address, posted()).status_code == 302
    response = client.post(f"/briefs/{Brief.objects.get().pk}/generate/", {"variants": "1", "preset": ""})
    assert response.status_code == 422
    assert error in response.content.decode()
    assert not GenerationRun.objects.exists()


def test_only_the_number_of_variants_is_asked_of_a_new_brief(cast: Cast) -> None:
    make_model()
    data = posted(then="generate") | {"preset": "wild", "temperature": "99", "model_name": "gpt-2"}
    cast.client("marketer").post(f"/briefs/new/{make_prompt(cast.team).pk}/", data)
    assert (GenerationRun.objects.get().preset, GenerationRun.objects.get().model_name) == ("balanced", "")


def test_the_first_model_that_writes_the_language_is_taken(cast: Cast, settings: Settings) -> None:
    settings.PORTAL_MODEL = make_model("English only", languages=("en",)).name
    settings.PORTAL_EXTRA_MODELS = [make_model("中文模型", languages=("zh",), alias=None).name]
    version = make_product_prompt(cast.team, "zh")
    client = cast.client("marketer")
    assert "does not write" not in client.get("/briefs/new/").content.decode()
    values = {"value-product": "杯子", "value-facts": "不锈钢", "value-tone": "亲切", "value-characters": "100"}
    client.post(f"/briefs/new/{version.pk}/", {"title": "杯子", "then": "generate", "variants": "2"} | values)
    assert GenerationRun.objects.get().model_name == "中文模型"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"title": ""}, "This field is required."),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"value_topic": " "}, "This field is required."),
        ({"value_facts": "x" * 1001}, "At most 1000 characters; this has 1001."),
        ({"value_tone": "furious"}, "Choose one of: friendly"),
        ({"value_invented": "x"}, "This prompt has no variable named invented."),
        ({"then": "generate", "variants": "9"}, "9 is not one of the available choices."),
    ],
)
def test_bad_input_stands_at_its_field_and_nothing_typed_is_lost(
    cast: Cast, changes: dict[str, str], error: str
) -> None:
    data = posted(value_hashtag="#kept", **changes)
    response = cast.client("marketer").post(f"/briefs/new/{make_prompt(cast.team).pk}/", data)
    text = response.content.decode()
    assert response.status_code == 422
    assert error in text
    assert "#kept" in text
    assert not Brief.objects.exists()


@pytest.mark.parametrize("number", ["", "abc", "19", "201", "NaN", "1e9"])
def test_numbers_have_limits(cast: Cast, number: str) -> None:
    data = {"title": "Mug", "value-product": "Mug", "value-facts": "Steel", "value-tone": "playful"}
    address = f"/briefs/new/{make_product_prompt(cast.team).pk}/"
    assert cast.client("marketer").post(address, data | {"value-words": number}).status_code == 422
    assert cast.client("marketer").post(address, data | {"value-words": "60"}).status_code == 302


def test_a_double_click_writes_one_brief(cast: Cast) -> None:
    client = cast.client("marketer")
    address = f"/briefs/new/{make_prompt(cast.team).pk}/"
    (key,) = idempotency_keys(client.get(address).content.decode())
    answers = [client.post(address, posted(then="generate", idempotency_key=key)) for _ in range(5)]
    assert {answer["Location"] for answer in answers} == {f"/briefs/{Brief.objects.get().pk}/"}
    assert GenerationRun.objects.count() == 1
