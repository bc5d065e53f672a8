from __future__ import annotations

import pytest

from aigc_portal.audit.models import AuditEvent
from generation.actions.drafts import edit_draft
from generation.models import Draft, GenerationRun
from generation.models.drafts import LONGEST_TEXT
from review.actions import decisions
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_model, make_review, without_triggers
from tests.generation.pages import idempotency_keys


@pytest.fixture
def draft(cast: Cast) -> Draft:
    return make_draft(make_brief(cast.marketer, cast.team), "A fresh tea.\nPicked in April.")


def page(cast: Cast, draft: Draft, who: str = "marketer") -> str:
    response = cast.client(who).get(f"/drafts/{draft.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def test_a_models_draft(cast: Cast, draft: Draft) -> None:
    text = page(cast, draft, "auditor")
    for part in (draft.text, draft.sha256, "Variant 1", f"/briefs/{draft.brief_id}/", f"/runs/{draft.run_id}/", ">7<"):
        assert part in text
    assert "/edit/" not in text


def test_the_settings_are_in_words_and_the_model_is_the_one_asked_for(cast: Cast, draft: Draft) -> None:
    model = make_model("Loaded last")
    with without_triggers():
        GenerationRun.objects.filter(drafts=draft).update(
            model=model, model_name="Asked for", decoding={"top_k": 0, "max_tokens": 40, "strategy": "sample"}
        )
    text = page(cast, draft)
    for part in ("<dt>Strategy</dt><dd>Sampling</dd>", "<dt>Top-k</dt><dd>off</dd>", "Asked for</a>", model.digest):
        assert part in text
    for part in ("max_tokens", "Loaded last"):
        assert part not in text


def test_raw_text_is_folded_away_where_it_differs(cast: Cast, draft: Draft) -> None:
    assert "<details" not in page(cast, draft).split("<main", 1)[1].split("</main>")[0]
    fields = {name: getattr(draft, name) for name in ("team", "brief", "run", "origin", "author", "language", "sha256")}
    other = Draft.objects.create(**fields, variant=1, text="Tea.", raw_text="Sure! Here it is:\nTea.")
    assert "Sure! Here it is:" in page(cast, other)


def test_an_edit_shows_what_changed_and_the_way_back(cast: Cast, draft: Draft) -> None:
    child = edit_draft(actor=cast.second_marketer, draft=draft, text="A bright tea.\nPicked in April.")
    text = page(cast, child)
    assert "<del>fresh</del>" in text
    assert "<ins>bright</ins>" in text
    assert "edited by Second Marketer" in text
    for address in (f"/drafts/{draft.pk}/", f"/runs/{draft.run_id}/", f"/briefs/{draft.brief_id}/"):
        assert f'href="{address}"' in text
    assert f'href="/drafts/{child.pk}/"' in page(cast, draft)


def test_the_life_line_ends_with_the_review(cast: Cast, draft: Draft) -> None:
    review = make_review(draft, claimed_by=cast.reviewer)
    decisions.approve(actor=cast.reviewer, review=review, sha256=draft.sha256, corrected_text="Mended.")
    text = page(cast, draft)
    assert f'href="/reviews/{review.pk}/"' in text
    corrected = page(cast, draft.children.get())
    assert "Correction by Reviewer" in corrected
    assert f'href="/reviews/{review.pk}/"' in corrected


def test_roles_teams_and_methods(cast: Cast, draft: Draft) -> None:
    assert cast.client("outsider").get(f"/drafts/{draft.pk}/").status_code == 404
    assert cast.client("marketer").post(f"/drafts/{draft.pk}/").status_code == 405
    address = f"/drafts/{draft.pk}/edit/"
    for method in ("get", "post"):
        assert getattr(cast.client("reviewer"), method)(address, {"text": "x"}).status_code == 403
        assert getattr(cast.client("outsider"), method)(address, {"text": "x"}).status_code == 404
    assert not Draft.objects.filter(parent=draft).exists()


def test_an_edit_is_a_child(cast: Cast, draft: Draft) -> None:
    client = cast.client("second_marketer")
    assert draft.text in client.get(f"/drafts/{draft.pk}/edit/").content.decode()
    response = client.post(f"/drafts/{draft.pk}/edit/", {"text": "A bright tea.\r\nPicked in May."})
    child = Draft.objects.get(parent=draft)
    assert response["Location"] == f"/drafts/{child.pk}/"
    assert (child.text, child.author, child.origin) == ("A bright tea.\nPicked in May.", cast.second_marketer, "human")
    assert AuditEvent.objects.get(action="draft.edited").target_id == str(child.pk)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "This field is required."),
        (" \n ", "The text is empty."),
        ("A fresh tea.\r\nPicked in April.", "The text is the same as before."),
        ("x" * (LONGEST_TEXT + 1), f"at most {LONGEST_TEXT} characters"),
    ],
)
def test_a_refused_edit_keeps_the_text(cast: Cast, draft: Draft, text: str, error: str) -> None:
    response = cast.client("marketer").post(f"/drafts/{draft.pk}/edit/", {"text": text})
    assert response.status_code == 422
    assert error in response.content.decode()
    assert text.strip().replace("\r\n", "\n") in response.content.decode().replace("\r\n", "\n")
    assert not Draft.objects.filter(parent=draft).exists()


def test_a_double_click_makes_one_child_and_two_tabs_make_two(cast: Cast, draft: Draft) -> None:
    client = cast.client("marketer")
    address = f"/drafts/{draft.pk}/edit/"
    tabs = [idempotency_keys(client.get(address).content.decode())[0] for _ in range(2)]
    for key in (tabs[0], tabs[0], tabs[1], tabs[1]):
        client.post(address, {"text": f"From tab {tabs.index(key)}", "idempotency_key": key})
    assert sorted(draft.children.values_list("text", flat=True)) == ["From tab 0", "From tab 1"]
