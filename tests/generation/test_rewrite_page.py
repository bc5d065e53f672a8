from __future__ import annotations

import pytest
from pytest_django import Settings

from aigc_portal.audit.models import AuditEvent
from generation.actions.briefs import create_brief
from generation.models import Draft, GenerationRun
from review.actions import decisions
from review.actions.verdicts import Verdict
from tests.cast import Cast
from tests.factories import VALUES, make_brief, make_draft, make_model, make_reason, make_review
from tests.generation.pages import idempotency_keys, make_product_prompt, make_prompt_with


@pytest.fixture
def refused(cast: Cast) -> Draft:
    return refuse(cast, make_draft(make_brief(cast.marketer, cast.team), "A fresh tea."))


def refuse(cast: Cast, draft: Draft) -> Draft:
    make_reason(cast.team)
    review = make_review(draft, claimed_by=cast.reviewer)
    verdict = Verdict(reasons=["inaccurate"], comment="Picked in April, not fresh.")
    decisions.request_changes(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=verdict)
    return draft


def page(cast: Cast, draft: Draft) -> str:
    response = cast.client("second_marketer").get(f"/drafts/{draft.pk}/regenerate/")
    assert response.status_code == 200
    return response.content.decode()


def test_the_reviewers_words_are_filled_in_beside_the_draft(cast: Cast, refused: Draft) -> None:
    text = page(cast, refused)
    assert ">\n- States something false\nPicked in April, not fresh.</textarea>" in text
    assert refused.text in text
    assert (
        f'href="/drafts/{refused.pk}/regenerate/"'
        in cast.client("marketer").get(f"/drafts/{refused.pk}/").content.decode()
    )


def test_reasons_speak_the_language_of_the_text(cast: Cast) -> None:
    values = {"product": "杯子", "facts": "不锈钢", "tone": "亲切", "characters": "100"}
    version = make_product_prompt(cast.team, "zh")
    brief = create_brief(actor=cast.marketer, prompt_version=version, title="杯子", values=values)
    assert ">\n- 内容不实\nPicked in April, not fresh.</textarea>" in page(
        cast, refuse(cast, make_draft(brief, "杯子。"))
    )


def test_a_draft_without_a_decision_may_be_rewritten_too(cast: Cast) -> None:
    draft = make_draft(make_brief(cast.marketer, cast.team))
    assert "></textarea>" in page(cast, draft).replace(">\n</textarea>", "></textarea>")
    assert "/regenerate/" not in cast.client("marketer").get(f"/drafts/{draft.pk}/").content.decode()


def test_rewrite(cast: Cast, refused: Draft) -> None:
    data = {"feedback": "Say April.\r\nShorter.", "variants": "2", "preset": "faithful"}
    response = cast.client("second_marketer").post(f"/drafts/{refused.pk}/regenerate/", data)
    run = GenerationRun.objects.get(revises=refused)
    assert response["Location"] == f"/briefs/{refused.brief_id}/#run-{run.pk}"
    assert (run.revises, run.variants, run.preset, run.requested_by) == (refused, 2, "faithful", cast.second_marketer)
    assert run.messages[2]["content"] == refused.text
    assert "Say April.\nShorter." in run.messages[3]["content"]
    assert AuditEvent.objects.get(action="run.requested").data["revises"] == refused.pk
    text = cast.client("auditor").get(f"/drafts/{refused.pk}/").content.decode()
    assert "Rewritten by a model" in text
    assert f"/runs/{run.pk}/" in text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"feedback": ""}, "This field is required."),
        ({"feedback": " \n"}, "This field is required."),
        ({"feedback": "x" * 6001}, "at most 6000 characters"),
        ({"variants": "9"}, "9 is not one of the available choices."),
        ({"top_p": "3"}, "Enter a number from 0.001 to 1."),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    cast: Cast, refused: Draft, changes: dict[str, str], error: str
) -> None:
    data = {"feedback": "Kept words.", "variants": "2", "preset": "faithful"} | changes
    response = cast.client("marketer").post(f"/drafts/{refused.pk}/regenerate/", data)
    assert response.status_code == 422
    assert error in response.content.decode()
    assert "feedback" in changes or "Kept words." in response.content.decode()
    assert not GenerationRun.objects.filter(revises=refused).exists()


def test_a_language_that_the_model_does_not_write_is_asked_about(
    cast: Cast, refused: Draft, settings: Settings
) -> None:
    settings.PORTAL_MODEL = make_model("中文", languages=("zh",)).name
    assert "中文 does not write English." in page(cast, refused)
    client, address = cast.client("marketer"), f"/drafts/{refused.pk}/regenerate/"
    assert client.post(address, {"feedback": "Shorter.", "variants": "1"}).status_code == 422
    client.post(address, {"feedback": "Shorter.", "variants": "1", "accept_language": "on"})
    assert GenerationRun.objects.filter(revises=refused).count() == 1


def test_roles_teams_and_methods(cast: Cast, refused: Draft) -> None:
    address = f"/drafts/{refused.pk}/regenerate/"
    for who, status in (("reviewer", 403), ("outsider", 404)):
        assert cast.client(who).get(address).status_code == status
        assert cast.client(who).post(address, {"feedback": "x", "variants": "1"}).status_code == status
    assert cast.client("marketer").put(address).status_code == 405
    assert not GenerationRun.objects.filter(revises=refused).exists()


def test_a_double_click_asks_once(cast: Cast, refused: Draft) -> None:
    client, address = cast.client("marketer"), f"/drafts/{refused.pk}/regenerate/"
    (key,) = idempotency_keys(client.get(address).content.decode())
    for _ in range(3):
        client.post(address, {"feedback": "Shorter.", "variants": "1", "idempotency_key": key})
    assert GenerationRun.objects.filter(revises=refused).count() == 1


def test_beams_of_the_prompt_bound_the_variants(cast: Cast) -> None:
    version = make_prompt_with(cast.team, {"strategy": "beam", "num_beams": 2})
    draft = make_draft(create_brief(actor=cast.marketer, prompt_version=version, title="Tea", values=VALUES))
    data = {"variants": "3", "preset": "", "feedback": "Shorter."}
    response = cast.client("marketer").post(f"/drafts/{draft.pk}/regenerate/", data)
    assert response.status_code == 422
    assert "With 2 beams there can be 2 variants at most." in response.content.decode()
    assert not GenerationRun.objects.filter(revises=draft).exists()
