"""Whose a draft is, and that it stays as it was written."""

from __future__ import annotations

from typing import Any

import pytest

from generation.actions.drafts import edit_draft
from generation.actions.runs import request_run
from generation.models import Draft, GenerationRun
from generation.models.drafts import sha256_of
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_run
from tests.review.database.writing import refused


def test_a_finished_run_and_the_inputs_of_any_run_never_change(cast: Cast, draft: Draft) -> None:
    runs = GenerationRun.objects.filter(drafts=draft)
    with refused("Cannot update rows"):
        runs.update(completion_tokens=1)
    queued = make_run(draft.brief, status="QUEUED")
    with refused("Cannot update rows"):
        GenerationRun.objects.filter(pk=queued.pk).update(messages=[])


def test_the_author_of_a_models_draft_is_who_asked(cast: Cast, draft: Draft) -> None:
    copy = Draft.objects.get(pk=draft.pk)
    copy.pk, copy.variant, copy.author = None, 5, cast.reviewer
    with refused("who asked for it"):
        copy.save(force_insert=True)


def test_who_wrote_the_brief_contributed_too(cast: Cast, draft: Draft) -> None:
    """Somebody else asked for this run of the marketer's brief, say by starting a failed one again."""
    again = make_draft(draft.brief, "Again.", run=make_run(draft.brief, requested_by=cast.second_marketer))
    assert again.contributors == sorted([cast.marketer.pk, cast.second_marketer.pk])


def test_a_draft_is_written_once(draft: Draft) -> None:
    attempts: list[dict[str, Any]] = [{"text": "Better."}, {"contributors": []}, {"sha256": sha256_of("Better.")}]
    for changes in attempts:
        with refused("Cannot update rows"):
            Draft.objects.filter(pk=draft.pk).update(**changes)


def test_postgresql_computes_contributors_and_hash_itself(cast: Cast, draft: Draft) -> None:
    """Whatever is claimed on the way in."""
    child = Draft.objects.create(
        team=cast.team,
        brief=draft.brief,
        parent=draft,
        origin="human",
        author=cast.second_marketer,
        contributors=[cast.reviewer.pk],
        text="春茶，清香。",
        sha256="0" * 64,
        language="zh",
    )
    child.refresh_from_db()
    assert draft.contributors == [cast.marketer.pk]
    assert child.contributors == sorted([cast.marketer.pk, cast.second_marketer.pk])
    assert child.sha256 == sha256_of("春茶，清香。")


@pytest.mark.parametrize("changes", [{"origin": "human"}, {"run": None}, {"variant": None}, {"origin": "robot"}])
def test_a_model_draft_has_its_run_and_variant(draft: Draft, changes: dict[str, Any]) -> None:
    copy = Draft.objects.get(pk=draft.pk)
    for name, value in ({"pk": None, "variant": 5} | changes).items():
        setattr(copy, name, value)
    with refused("draft_origin_consistent|who asked for it"):
        copy.save(force_insert=True)


def test_a_variant_has_one_draft(draft: Draft) -> None:
    with refused("draft_once_a_variant"):
        make_draft(draft.brief, run=draft.run)


def test_who_wrote_the_draft_that_a_run_rewrites_contributed_to_what_it_writes(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    edit = edit_draft(actor=cast.second_marketer, draft=make_draft(brief), text="A human line.")
    run = request_run(actor=cast.marketer, brief=brief, variants=1, revises=edit, feedback="Shorter, please.")
    assert make_draft(brief, "A shorter line.", run=run).contributors == sorted(
        [cast.marketer.pk, cast.second_marketer.pk]
    )
