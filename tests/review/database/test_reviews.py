"""What a review is about, and that it is whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from generation.actions.drafts import edit_draft
from generation.models import Draft
from review.actions.decisions import approve
from review.models import Review, ReviewPolicy, SearchEntry
from tests.cast import Cast
from tests.factories import make_draft, make_group, make_model, make_policy, make_review, make_run
from tests.review.database.writing import execute, refused, row


def test_a_review_begins_undecided(cast: Cast, draft: Draft) -> None:
    other = make_review(make_draft(draft.brief, "Another tea."))
    with refused("cannot begin with its decision|has not passed every step"):
        Review.objects.create(
            team=cast.team,
            draft=draft,
            current_draft=draft,
            submitted_by=cast.marketer,
            policy=other.policy,
            due_at=Now(),
            status="APPROVED",
            approved_draft=draft,
            decided_by=cast.reviewer,
            decided_at=Now(),
        )


def test_postgresql_fills_in_what_is_known_of_the_draft(cast: Cast, draft: Draft) -> None:
    """Whatever is claimed on the way in."""
    editors = make_group(cast.team, "Editors", cast.reviewer)
    make_policy(cast.team, {"group": editors})
    model = make_model()
    written = make_draft(draft.brief, "春茶 smells of spring flowers.", run=make_run(draft.brief, model=model))
    edited = edit_draft(actor=cast.second_marketer, draft=written, text="春茶，清香 with spring flowers.")
    review = Review.objects.create(
        team=cast.team,
        draft=edited,
        current_draft=written,
        submitted_by=cast.marketer,
        policy=ReviewPolicy.objects.get(),
        due_at=Now(),
        barred=[],
        language="zh",
        channel="email",
    )
    review.refresh_from_db()
    assert review.current_draft == edited
    assert review.barred == edited.contributors == sorted([cast.marketer.pk, cast.second_marketer.pk])
    assert (review.language, review.channel) == ("en", "social")
    assert (review.prompt, review.model, review.group) == (draft.brief.prompt_version.prompt, model, editors)
    for word in ("'春茶'", "'清香'", "flower"):
        assert SearchEntry.objects.extra(where=["words @@ %s::tsquery"], params=[word]).get().review == review, word


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("review_decision_complete", {"status": "REJECTED"}),
        ("review_decision_complete", {"status": "REJECTED", "decided_at": timezone.now()}),
        ("review_decision_complete", {"decided_at": timezone.now()}),
        ("review_claim_complete", {"claimed_by": None}),
        ("review_claim_complete", {"claimed_until": None}),
        ("review_status_known", {"status": "DONE"}),
    ],
)
def test_a_half_written_review_is_refused(held: Review, rule: str, changes: dict[str, Any]) -> None:
    with refused(rule):
        row(held).update(**changes)


def test_what_a_review_is_about_is_fixed(cast: Cast, waiting: Review) -> None:
    other = make_draft(waiting.draft.brief, "Another tea.")
    attempts: list[dict[str, Any]] = [
        {"draft": other},
        {"submitted_by": cast.second_marketer},
        {"team": cast.other_team},
        {"policy": make_policy(cast.team)},
        {"second_opinion": True},
        {"language": "zh"},
        {"channel": "email"},
        {"model": make_model()},
    ]
    for changes in attempts:
        with refused("Cannot update rows"):
            row(waiting).update(**changes)
    assert row(waiting).update(submitted_at=Now() - timedelta(days=1)) == 1


def test_a_draft_has_one_open_review(cast: Cast, held: Review) -> None:
    with refused("review_once_a_draft"):
        Review.objects.create(
            team=cast.team,
            draft=held.draft,
            current_draft=held.draft,
            submitted_by=cast.marketer,
            policy=held.policy,
            due_at=Now(),
        )


@pytest.mark.parametrize("table", ["review_review", "review_feedback", "generation_draft"])
def test_nothing_is_deleted(cast: Cast, held: Review, table: str) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    with refused("Cannot (update or )?delete"):
        execute(f"DELETE FROM {table}")  # noqa: S608
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for no check that is still due
    with refused("Cannot truncate"):
        execute(f"TRUNCATE {table} CASCADE")
