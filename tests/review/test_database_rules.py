"""What PostgreSQL refuses even when nobody asks Python: raw SQL and plain ORM writes, whoever the person is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from aigc_portal.accounts.models import User
from generation.actions.drafts import edit_draft
from generation.actions.runs import request_run
from generation.models import Draft, GenerationRun
from generation.models.drafts import sha256_of
from review.actions.decisions import Verdict, approve, reject
from review.actions.submission import withdraw
from review.models import Feedback, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_review, make_run


@contextmanager
def refused(match: str) -> Iterator[None]:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        yield


def execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def row(review: Review) -> QuerySet[Review]:
    return Review.objects.filter(pk=review.pk)


DECIDE = """
    UPDATE review_review SET status = 'APPROVED', approved_draft_id = draft_id, decided_by_id = %s, decided_at = now()
    WHERE id = %s
"""


def say(review: Review, reason: ReasonCode) -> Feedback:
    """Feedback as it stands in the moment before its decision."""
    feedback = Feedback.objects.create(review=review)
    feedback.reasons.set([reason])
    return feedback


def test_no_setting_of_a_session_switches_the_rules_off(cast: Cast, held: Review) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_%%'")
        names = ",".join(name for (name,) in cursor.fetchall())
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{names}}}"])
    with refused("may not decide"):
        execute(DECIDE, cast.marketer.pk, held.pk)
    with refused("Cannot delete rows"):
        execute("DELETE FROM generation_draft WHERE id = %s", held.draft_id)


def test_a_refusal_has_a_reason(cast: Cast, held: Review, reason: ReasonCode) -> None:
    changes: dict[str, Any] = {"decided_by": cast.reviewer, "decided_at": Now()}
    for status in ("REJECTED", "CHANGES_REQUESTED"):
        with refused("without a reason"):
            row(held).update(status=status, **changes)
    say(held, reason)
    assert row(held).update(status="REJECTED", **changes) == 1


def test_nothing_is_said_after_the_decision(cast: Cast, held: Review, draft: Draft, reason: ReasonCode) -> None:
    approve(actor=cast.reviewer, review=held, sha256=draft.sha256)
    with refused("is not open"):
        held.feedback.reasons.add(reason)
    waiting = make_review(make_draft(draft.brief, "Another tea."))
    with refused("is not open for feedback"):
        Feedback.objects.create(review=waiting)


def test_a_reason_keeps_its_words(reason: ReasonCode) -> None:
    with refused("Cannot update rows"):
        ReasonCode.objects.update(label_en="Perfectly fine")
    with refused("Cannot delete rows"):
        reason.delete()
    assert ReasonCode.objects.update(position=3) == 1


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


def test_a_contributor_cannot_decide_by_raw_sql(cast: Cast, draft: Draft) -> None:
    child = edit_draft(actor=cast.second_marketer, draft=draft, text="A spring tea from April.")
    review = make_review(child, claimed_by=cast.reviewer)
    for person in (cast.marketer, cast.second_marketer):
        with refused("may not decide"):
            execute(DECIDE, person.pk, review.pk)
    execute(DECIDE, cast.second_reviewer.pk, review.pk)


def test_a_superuser_who_asked_for_the_text_cannot_decide(cast: Cast, held: Review) -> None:
    User.objects.filter(pk=cast.marketer.pk).update(is_superuser=True)
    changes = {"decided_by": cast.marketer, "decided_at": Now()}
    with refused("may not decide"):
        row(held).update(status="APPROVED", approved_draft=held.draft_id, **changes)
    with refused("may not decide"):
        Review.objects.create(
            team=cast.team, draft=held.draft, submitted_by=cast.marketer, status="REJECTED", **changes
        )


def test_only_the_submitted_draft_or_its_correction_is_approved(cast: Cast, held: Review) -> None:
    foreign = make_draft(make_brief(cast.marketer, cast.team, title="Another"))
    by_author = edit_draft(actor=cast.second_marketer, draft=held.draft, text="Somebody else's edit.")
    for wrong in (foreign, by_author):
        with refused("neither the submitted draft"):
            row(held).update(status="APPROVED", decided_by=cast.reviewer, decided_at=Now(), approved_draft=wrong)


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


@pytest.mark.parametrize(("status", "names_draft"), [("APPROVED", False), ("REJECTED", True)])
def test_an_approval_and_nothing_else_names_its_draft(
    cast: Cast, held: Review, reason: ReasonCode, status: str, names_draft: bool
) -> None:
    approved = held.draft if names_draft else None
    if names_draft:
        say(held, reason)
    with refused("review_approval_names_draft"):
        row(held).update(status=status, decided_by=cast.reviewer, decided_at=Now(), approved_draft=approved)


def test_a_closed_review_never_changes(cast: Cast, held: Review, draft: Draft, reason: ReasonCode) -> None:
    reject(actor=cast.reviewer, review=held, sha256=draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    gone = make_review(make_draft(draft.brief, "Another tea."))
    withdraw(actor=cast.marketer, review=gone)
    for review in (held, gone):
        with refused("Cannot update rows"):
            row(review).update(status="PENDING", decided_by=None)
        with refused("Cannot update rows"):
            row(review).update(claimed_until=Now())


def test_what_a_review_is_about_is_fixed(cast: Cast, waiting: Review) -> None:
    other = make_draft(waiting.draft.brief, "Another tea.")
    for changes in ({"draft": other}, {"submitted_by": cast.second_marketer}, {"team": cast.other_team}):
        with refused("Cannot update rows"):
            row(waiting).update(**changes)
    assert row(waiting).update(submitted_at=Now() - timedelta(days=1)) == 1


def test_a_draft_has_one_open_review(cast: Cast, held: Review) -> None:
    with refused("review_once_a_draft"):
        Review.objects.create(team=cast.team, draft=held.draft, submitted_by=cast.marketer)


@pytest.mark.parametrize("table", ["review_review", "review_feedback", "generation_draft"])
def test_nothing_is_deleted(cast: Cast, held: Review, table: str) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    with refused("Cannot (update or )?delete"):
        execute(f"DELETE FROM {table}")  # noqa: S608
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for no check that is still due
    with refused("Cannot truncate"):
        execute(f"TRUNCATE {table} CASCADE")


def test_feedback_is_written_once(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=Verdict(accuracy=2))
    with refused("Cannot update rows"):
        Feedback.objects.update(comment="Rather good.")
    with refused("feedback"):
        Feedback.objects.create(review=held)


@pytest.mark.parametrize("rating", ["accuracy", "brand_fit", "language"])
@pytest.mark.parametrize("value", [0, 6])
def test_a_rating_runs_from_one_to_five(held: Review, rating: str, value: int) -> None:
    with refused(f"feedback_{rating}_in_range"):
        Feedback.objects.create(review=held, **{rating: value})


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
