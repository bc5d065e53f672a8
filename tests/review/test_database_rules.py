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
from review.actions.decisions import approve, reject
from review.actions.submission import withdraw
from review.actions.verdicts import Verdict
from review.models import Comment, Feedback, ReasonCode, Review, ReviewPolicy, SearchEntry
from tests.cast import Cast, make_user
from tests.factories import (
    make_brief,
    make_draft,
    make_group,
    make_model,
    make_policy,
    make_review,
    make_run,
    without_triggers,
)


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


def say(review: Review, reason: ReasonCode | None = None, **fields: Any) -> Feedback:
    """Feedback of whoever holds the review, as it stands in the moment before its decision; an approval by default."""
    text = fields.pop("draft", review.current_draft)
    said: dict[str, Any] = {"reviewer": review.claimed_by, "verdict": "APPROVED", "step": review.step, "draft": text}
    said |= fields
    if said["verdict"] == "APPROVED":
        said.setdefault("approved_draft", text)
    feedback = Feedback.objects.create(review=review, **said)
    if reason is not None:
        feedback.reasons.set([reason])
    return feedback


def correction(review: Review, text: str = "Better.", author: User | None = None) -> Draft:
    """A text made from the one under review, by whoever holds it unless somebody else is named."""
    before = review.current_draft
    return Draft.objects.create(
        team=before.team,
        brief=before.brief,
        parent=before,
        origin="human",
        author=author or review.claimed_by or review.submitted_by,
        text=text,
        language="en",
    )


def taken(review: Review, person: User) -> Review:
    """In this person's hands, whoever holds it now, without asking what Python thinks of it."""
    Review.objects.filter(pk=review.pk).update(
        status="IN_REVIEW", claimed_by=person, claimed_at=Now(), claimed_until=Now() + timedelta(minutes=30)
    )
    return Review.objects.get(pk=review.pk)


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
    say(held, reason, verdict="CHANGES_REQUESTED")
    with refused("without a reason"):
        row(held).update(status="REJECTED", **changes)
    assert row(held).update(status="CHANGES_REQUESTED", **changes) == 1


def test_a_reason_given_on_an_earlier_text_refuses_no_later_one(cast: Cast, held: Review, reason: ReasonCode) -> None:
    say(held, reason, verdict="REJECTED")
    row(taken(held, cast.second_reviewer)).update(current_draft=correction(taken(held, cast.second_reviewer)))
    with refused("without a reason"):
        row(held).update(status="REJECTED", decided_by=cast.reviewer, decided_at=Now())


@pytest.mark.parametrize("status", ["APPROVED", "REJECTED"])
def test_who_decides_has_said_so(cast: Cast, held: Review, reason: ReasonCode, status: str) -> None:
    say(held, reason, verdict=status)
    approved = held.draft_id if status == "APPROVED" else None
    with refused("has not given this verdict"):
        row(held).update(status=status, decided_by=cast.second_reviewer, decided_at=Now(), approved_draft_id=approved)
    Feedback.objects.update(undone_at=Now())
    with refused("without a reason|has not passed every step"):
        row(held).update(status=status, decided_by=cast.reviewer, decided_at=Now(), approved_draft_id=approved)


def test_nothing_is_said_after_the_decision(cast: Cast, held: Review, draft: Draft, reason: ReasonCode) -> None:
    said = approve(actor=cast.reviewer, review=held, sha256=draft.sha256)
    with refused("is not open"):
        said.reasons.add(reason)
    waiting = make_review(make_draft(draft.brief, "Another tea."))
    for closed in (held, waiting):
        with refused("is not in the hands of"):
            say(closed, reviewer=cast.reviewer)


def test_only_who_holds_the_review_says_something(cast: Cast, held: Review) -> None:
    with refused("is not in the hands of"):
        say(held, reviewer=cast.second_reviewer)
    say(held)


def test_who_contributed_to_the_text_says_nothing(cast: Cast, held: Review) -> None:
    with refused("contributed to the text"):
        say(taken(held, cast.marketer))


def test_feedback_is_on_the_text_under_review(cast: Cast, held: Review) -> None:
    row(held).update(current_draft=correction(held))
    with refused("is not the text of review"):
        say(held, draft=held.draft)
    say(Review.objects.get(pk=held.pk))


def test_nobody_judges_a_text_twice(cast: Cast, held: Review, reason: ReasonCode) -> None:
    said = say(held)
    with refused("feedback_once_a_text"):
        say(held, reason, verdict="REJECTED")
    Feedback.objects.filter(pk=said.pk).update(undone_at=Now())
    say(held, reason, verdict="REJECTED")


def test_a_corrector_has_judged_the_correction(held: Review) -> None:
    child = correction(held)
    say(held, approved_draft=child)
    row(held).update(current_draft=child)
    with refused("feedback_once_a_text"):
        say(Review.objects.get(pk=held.pk))


def test_an_approval_without_the_fact_check_is_refused_where_the_policy_asks_for_it(
    cast: Cast, draft: Draft, reason: ReasonCode
) -> None:
    make_policy(cast.team, fact_check=True)
    review = make_review(draft, claimed_by=cast.reviewer)
    with refused("were not checked"):
        say(review)
    say(review, facts_checked=True)


def test_a_refusal_needs_no_fact_check(cast: Cast, draft: Draft, reason: ReasonCode) -> None:
    make_policy(cast.team, fact_check=True)
    say(make_review(draft, claimed_by=cast.reviewer), reason, verdict="REJECTED")


def test_feedback_that_was_taken_back_stays_so(held: Review) -> None:
    said = Feedback.objects.filter(pk=say(held).pk)
    assert said.update(undone_at=Now()) == 1
    for value in (None, Now()):
        with refused("cannot be taken back any more"):
            said.update(undone_at=value)


def test_feedback_is_taken_back_within_seconds(held: Review) -> None:
    said = say(held, given_at=timezone.now() - timedelta(seconds=16))
    with refused("cannot be taken back any more"):
        Feedback.objects.filter(pk=said.pk).update(undone_at=Now())


@pytest.mark.parametrize(("verdict", "names"), [("APPROVED", False), ("REJECTED", True), ("PENDING", False)])
def test_a_verdict_is_whole(held: Review, verdict: str, names: bool) -> None:
    with refused("feedback_approval_names_draft|feedback_verdict_known"):
        say(held, verdict=verdict, approved_draft=held.draft if names else None)


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
    with refused("has not passed every step"):
        execute(DECIDE, cast.reviewer.pk, review.pk)
    say(review)
    execute(DECIDE, cast.reviewer.pk, review.pk)


def test_a_superuser_who_asked_for_the_text_cannot_decide(cast: Cast, held: Review) -> None:
    User.objects.filter(pk=cast.marketer.pk).update(is_superuser=True)
    changes = {"decided_by": cast.marketer, "decided_at": Now()}
    with refused("may not decide"):
        row(held).update(status="APPROVED", approved_draft=held.draft_id, **changes)
    with refused("may not decide"):
        Review.objects.create(
            team=cast.team, draft=held.draft, submitted_by=cast.marketer, status="REJECTED", **changes
        )


def test_only_the_text_under_review_is_approved(cast: Cast, held: Review) -> None:
    foreign = make_draft(make_brief(cast.marketer, cast.team, title="Another"))
    by_author = edit_draft(actor=cast.second_marketer, draft=held.draft, text="Somebody else's edit.")
    own = correction(held)
    decision: dict[str, Any] = {"status": "APPROVED", "decided_by": cast.reviewer, "decided_at": Now()}
    say(held, approved_draft=own)
    for wrong in (foreign, by_author, own):
        with refused("is not the text under review"):
            row(held).update(approved_draft=wrong, **decision)
    with refused("has not passed every step"):
        row(held).update(approved_draft=held.draft, **decision)
    assert row(held).update(approved_draft=own, current_draft=own, **decision) == 1


def test_only_a_correction_by_its_holder_becomes_the_text_under_review(cast: Cast, held: Review) -> None:
    foreign = make_draft(make_brief(cast.marketer, cast.team, title="Another"))
    by_author = edit_draft(actor=cast.second_marketer, draft=held.draft, text="Somebody else's edit.")
    by_other = correction(held, "Better still.", cast.second_reviewer)
    for wrong in (foreign, by_author, by_other):
        with refused("no correction of draft"):
            row(held).update(current_draft=wrong)
    own = correction(held)
    assert row(held).update(current_draft=own) == 1
    with refused("no correction of draft"):
        row(held).update(current_draft=held.draft)
    row(held).update(status="PENDING", claimed_by=None, claimed_until=None)
    with refused("no correction of draft"):
        row(held).update(current_draft=correction(Review.objects.get(pk=held.pk), author=cast.reviewer))


def test_the_text_goes_back_only_into_the_hands_of_its_corrector(cast: Cast, held: Review) -> None:
    row(held).update(current_draft=correction(held))
    row(held).update(status="PENDING", claimed_by=None, claimed_until=None)
    hold: dict[str, Any] = {"status": "IN_REVIEW", "claimed_until": Now() + timedelta(minutes=30)}
    with refused("no correction of draft"):
        row(held).update(current_draft=held.draft, claimed_by=cast.second_reviewer, **hold)
    assert row(held).update(current_draft=held.draft, claimed_by=cast.reviewer, **hold) == 1


def test_every_step_of_the_policy_approves(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 3}, {"reviewers": 2, "rule": "unanimous"})
    review = make_review(draft, claimed_by=cast.reviewer)
    voters = [cast.reviewer, cast.second_reviewer, cast.third_reviewer, make_user("fourth", cast.team, "reviewer")]
    for person, step in zip(voters, (1, 1, 2, 2), strict=True):
        with refused("has not passed every step"):
            execute(DECIDE, cast.reviewer.pk, review.pk)
        say(taken(review, person), step=step)
    execute(DECIDE, voters[-1].pk, review.pk)


def test_a_second_opinion_is_one_approval_more(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, second_opinion_percent=100)
    review = make_review(draft, claimed_by=cast.reviewer)
    say(review)
    with refused("has not passed every step"):
        execute(DECIDE, cast.reviewer.pk, review.pk)
    say(taken(review, cast.second_reviewer))
    execute(DECIDE, cast.second_reviewer.pk, review.pk)


@pytest.mark.parametrize("kind", ["review", "adjudication"])
def test_a_correction_that_needs_confirming_is_no_approval(cast: Cast, draft: Draft, kind: str) -> None:
    make_policy(cast.team, confirm_corrections=True)
    review = make_review(draft, claimed_by=cast.reviewer)
    child = correction(review)
    say(review, approved_draft=child, kind=kind)
    decision: dict[str, Any] = {"status": "APPROVED", "decided_at": Now(), "approved_draft": child}
    with refused("has not passed every step"):
        row(review).update(current_draft=child, decided_by=cast.reviewer, **decision)
    row(review).update(current_draft=child)
    say(taken(review, cast.second_reviewer))
    assert row(review).update(decided_by=cast.second_reviewer, **decision) == 1


def test_an_adjudicator_approves_a_step_alone(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 5, "rule": "unanimous"})
    review = make_review(draft, claimed_by=cast.reviewer)
    say(review, kind="adjudication")
    execute(DECIDE, cast.reviewer.pk, review.pk)


def test_break_glass_needs_no_step_and_no_four_eyes_but_its_reason(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 5})
    review = taken(make_review(draft), cast.marketer)
    with refused("contributed to the text"):
        say(review)
    row(review).update(break_glass="The shop opens in an hour.")
    say(review)
    execute(DECIDE, cast.marketer.pk, review.pk)


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


@pytest.mark.parametrize(("status", "names_draft"), [("APPROVED", False), ("REJECTED", True)])
def test_an_approval_and_nothing_else_names_its_draft(
    cast: Cast, held: Review, reason: ReasonCode, status: str, names_draft: bool
) -> None:
    approved = held.draft if names_draft else None
    say(held, reason, verdict=status)
    row(held).update(break_glass="Not even then.")
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


REOPEN: dict[str, Any] = {"status": "IN_REVIEW", "decided_by": None, "decided_at": None, "approved_draft": None}


def test_a_decision_is_taken_back_within_fifteen_seconds_by_its_decider(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    with refused("Cannot update rows"):
        row(held).update(**REOPEN | {"claimed_by": cast.second_reviewer})
    with refused("Cannot update rows"):
        row(held).update(**REOPEN | {"status": "PENDING", "claimed_by": None, "claimed_until": None})
    assert row(held).update(**REOPEN) == 1


def test_after_fifteen_seconds_a_decision_stays(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    with without_triggers():
        row(held).update(decided_at=Now() - timedelta(seconds=16))
    with refused("Cannot update rows"):
        row(held).update(**REOPEN)


def test_a_withdrawn_review_stays_withdrawn(cast: Cast, waiting: Review) -> None:
    withdraw(actor=cast.marketer, review=waiting)
    with refused("Cannot update rows"):
        row(waiting).update(status="IN_REVIEW", claimed_by=cast.reviewer, claimed_until=Now())


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


def test_feedback_is_written_once(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=Verdict(accuracy=2))
    attempts: list[dict[str, Any]] = [
        {"comment": "Rather good."},
        {"verdict": "REJECTED", "approved_draft": None},
        {"reviewer": cast.second_reviewer},
        {"step": 2},
        {"kind": "adjudication"},
        {"facts_checked": True},
        {"seconds": 3},
        {"given_at": Now()},
    ]
    for changes in attempts:
        with refused("Cannot update rows"):
            Feedback.objects.update(**changes)


def test_a_policy_is_written_once(cast: Cast) -> None:
    policy = make_policy(cast.team)
    for table, rows in (("reviewpolicy", ReviewPolicy.objects.all()), ("policystep", policy.steps.all())):
        with refused("Cannot update or delete|Cannot update rows"):
            rows.update(**{"blind": True} if table == "reviewpolicy" else {"reviewers": 2})
        with refused("Cannot update or delete|Cannot delete"):
            execute(f"DELETE FROM review_{table}")  # noqa: S608


@pytest.mark.parametrize("step", [{"reviewers": 0}, {"reviewers": 6}, {"rule": "lottery"}])
def test_a_step_is_in_range(cast: Cast, step: dict[str, Any]) -> None:
    with refused("policy_step"):
        make_policy(cast.team, step)


def comment(review: Review, **fields: Any) -> Comment:
    said: dict[str, Any] = {"team": review.team, "draft": review.draft, "author": review.submitted_by, "text": "Why?"}
    return Comment.objects.create(review=review, **said | fields)


def test_a_marked_passage_lies_inside_the_text(waiting: Review) -> None:
    length = len(waiting.draft.text)
    assert comment(waiting, start=0, end=length).quote == waiting.draft.text
    with refused("the text of draft .* ends before"):
        comment(waiting, start=0, end=length + 1)
    spans: list[dict[str, Any]] = [{"start": 3, "end": 3}, {"start": 5, "end": 3}, {"start": 3}, {"end": 3}]
    for span in spans:
        with refused("comment_span_in_order|needs both its ends"):
            comment(waiting, **span)


def test_a_passage_counts_characters_not_bytes(cast: Cast, draft: Draft) -> None:
    review = make_review(make_draft(draft.brief, "春茶🍵é"))
    assert comment(review, start=2, end=3).quote == "🍵"
    with refused("ends before"):
        comment(review, start=2, end=len(review.draft.text) + 1)


def test_an_answer_belongs_to_a_thread_of_its_review(waiting: Review) -> None:
    other = make_review(make_draft(waiting.draft.brief, "Another tea."))
    first = comment(waiting)
    answer = comment(waiting, parent=first)
    for review, parent in ((other, first), (waiting, answer)):
        with refused("begins no thread"):
            comment(review, parent=parent)
    with refused("comment_span_in_order"):
        comment(waiting, parent=first, start=0, end=1)


def test_a_comment_keeps_its_words(cast: Cast, waiting: Review) -> None:
    said = comment(waiting)
    with refused("Cannot update rows"):
        Comment.objects.update(text="Never mind.")
    with refused("Cannot delete rows"):
        said.delete()
    with refused("comment_resolution_complete"):
        Comment.objects.update(resolved_at=Now())
    assert Comment.objects.update(resolved_by=cast.marketer, resolved_at=Now()) == 1


@pytest.mark.parametrize("rating", ["accuracy", "brand_fit", "language"])
@pytest.mark.parametrize("value", [0, 6])
def test_a_rating_runs_from_one_to_five(held: Review, rating: str, value: int) -> None:
    with refused(f"feedback_{rating}_in_range"):
        say(held, None, **{rating: value})


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
