"""A database in which people reviewed before there were policies: everything that was decided is kept and says more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from review.models import Feedback, PolicyStep, Review, SearchEntry

EARLIER = "earlier"
BEFORE = [("review", "0002_initial"), ("generation", "0005_contributors_of_rewrites")]
KEPT = ("id", "draft_id", "status", "submitted_by_id", "submitted_at", "team_id", "claimed_by_id", "claimed_until")
KEPT_OF_DECISIONS = ("decided_by_id", "decided_at", "approved_draft_id")
SAID = ("id", "review_id", "accuracy", "brand_fit", "language", "comment")
UNDECIDED = ("waiting", "held", "withdrawn")
DECIDED = {"approved": "APPROVED", "corrected": "APPROVED", "rejected": "REJECTED", "returned": "CHANGES_REQUESTED"}


@pytest.fixture
def earlier(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[MigrationExecutor]:
    """An empty database beside the tests' own, migrated to where reviews had one decision and no policy."""
    with django_db_blocker.unblock():
        settings: dict[str, Any] = connection.settings_dict
        name = f"{settings['NAME']}_{EARLIER}"
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
        options = {key: value for key, value in settings["OPTIONS"].items() if key != "pool"}
        connections.databases[EARLIER] = settings | {"NAME": name, "OPTIONS": options}
        try:
            executor = MigrationExecutor(connections[EARLIER])
            executor.migrate(BEFORE)
            yield executor
        finally:
            connections[EARLIER].close()
            del connections[EARLIER], connections.databases[EARLIER]
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}"')
            connection.close()


def fill(apps: Any) -> dict[str, int]:
    """Reviews of every status as people left them; their ids by what became of them."""

    def rows(model: str) -> Any:
        return apps.get_model(model).objects.using(EARLIER)

    team = rows("accounts.Team").create(name="Tea")
    rows("accounts.Team").create(name="A team that never reviewed")
    marketer, reviewer = (
        rows("accounts.User").create(email=f"{name}@example.test", name=name) for name in ("marketer", "reviewer")
    )
    prompt = rows("generation.Prompt").create(team=team, name="商品描述", channel="product_page", language="zh")
    version = rows("generation.PromptVersion").create(prompt=prompt, number=1, system="", template="")
    brief = rows("generation.Brief").create(
        team=team, title="Spring tea", prompt_version=version, channel="product_page", language="zh", author=marketer
    )
    model = rows("generation.ModelVersion").create(name="Test model", digest="0" * 64, context_length=2048)
    run = rows("generation.GenerationRun").create(
        team=team,
        brief=brief,
        messages=[],
        decoding={},
        seed=7,
        variants=8,
        requested_by=marketer,
        model=model,
        status="SUCCEEDED",
    )
    reason = rows("review.ReasonCode").create(team=team, code="inaccurate", label_en="False", label_zh="不实")

    def text(words: str, **fields: Any) -> Any:
        origin = {"origin": "model", "run": run, "author": marketer} | fields
        return rows("generation.Draft").create(team=team, brief=brief, text=words, language="zh", **origin)

    reviews = {}
    for variant, name in enumerate((*UNDECIDED, *DECIDED)):
        draft = text(f"春茶，清香。 It smells {name}.", variant=variant)
        if name == "approved":  # somebody had edited it before it was submitted
            draft = text("春茶，清香。", origin="human", run=None, parent=draft, author=marketer)
        review = rows("review.Review").create(team=team, draft=draft, submitted_by=marketer)
        reviews[name] = review.pk
        this = rows("review.Review").filter(pk=review.pk)
        if name == "withdrawn":
            this.update(status="WITHDRAWN")
        if name in ("waiting", "withdrawn"):
            continue
        this.update(status="IN_REVIEW", claimed_by=reviewer, claimed_until=timezone.now() + timedelta(minutes=30))
        if name not in DECIDED:
            continue
        said = rows("review.Feedback").create(review=review, accuracy=2, language=5, comment=f"It is {name}.")
        approved = draft if DECIDED[name] == "APPROVED" else None
        if approved is None:
            rows("review.FeedbackReason").create(feedback=said, reason=reason)
        if name == "corrected":
            approved = text("春茶。", origin="human", run=None, parent=draft, author=reviewer)
        this.update(status=DECIDED[name], decided_by=reviewer, decided_at=timezone.now(), approved_draft=approved)
    return reviews


def kept(apps: Any) -> list[list[tuple[Any, ...]]]:
    """All that was there before, as it stands."""

    def rows(model: str, *fields: str) -> list[tuple[Any, ...]]:
        return list(apps.get_model(model).objects.using(EARLIER).order_by("pk").values_list(*fields))

    return [
        rows("review.Review", *KEPT, *KEPT_OF_DECISIONS),
        rows("review.Feedback", *SAID),
        rows("review.FeedbackReason", "id", "feedback_id", "reason_id"),
        rows("review.ReasonCode", "id", "team_id", "code", "label_en", "label_zh", "position"),
    ]


def test_reviews_from_before_policies_keep_everything_and_say_more(earlier: MigrationExecutor) -> None:
    old = earlier.loader.project_state(BEFORE).apps
    reviews = fill(old)
    before = kept(old)
    assert [len(rows) for rows in before] == [7, 4, 2, 1]
    connections[EARLIER].close()
    executor = MigrationExecutor(connections[EARLIER])
    leaves = executor.loader.graph.leaf_nodes("review")
    executor.migrate(leaves)
    assert kept(executor.loader.project_state(leaves).apps) == before
    says_more(reviews)
    is_guarded(reviews)


def says_more(reviews: dict[str, int]) -> None:
    for name, pk in reviews.items():
        review = Review.objects.using(EARLIER).with_subject().get(pk=pk)
        assert (review.policy.team_id, review.policy.number) == (review.team_id, 1)
        assert (review.current_draft_id, review.step, review.group, review.disputed) == (
            review.approved_draft_id or review.draft_id,
            1,
            None,
            False,
        )
        assert review.barred == review.draft.contributors
        assert (review.priority, review.assigned_to, review.gold_id, review.break_glass) == (3, None, None, "")
        # What is open gets its three days from now, so that an upgrade makes nothing overdue.
        assert (review.due_at == review.submitted_at + timedelta(hours=72)) == (review.decided_at is not None)
        assert review.due_at >= review.submitted_at + timedelta(hours=72)
        brief = review.draft.brief
        assert (review.language, review.channel) == ("zh", "product_page")
        assert (review.prompt_id, review.model_id is not None) == (brief.prompt_version.prompt_id, True)
        if name in DECIDED:
            said = review.feedback.get()
            assert said == review.deciding_feedback
            assert (said.reviewer, said.given_at) == (review.decided_by, review.decided_at)
            assert (said.verdict, said.step, said.kind) == (review.status, 1, "review")
            assert (said.draft, said.approved_draft, said.undone_at) == (review.draft, review.approved_draft, None)
            assert said.was_corrected == (name == "corrected")
    found = SearchEntry.objects.using(EARLIER).extra(where=["words @@ '''春茶'' & ''清香'' & spring'::tsquery"])
    assert found.count() == len(reviews)
    steps = PolicyStep.objects.using(EARLIER).values_list("policy__team__name", "position", "reviewers", "rule")
    assert sorted(steps) == [("A team that never reviewed", 1, 1, "majority"), ("Tea", 1, 1, "majority")]


def is_guarded(reviews: dict[str, int]) -> None:
    """The triggers that were off meanwhile are on again."""
    everything = Review.objects.using(EARLIER)
    for name, changes in {
        "approved": {"status": "PENDING"},
        "withdrawn": {"status": "PENDING"},
        "waiting": {"language": "en"},
    }.items():
        with pytest.raises(DatabaseError, match="Cannot update rows"), transaction.atomic(EARLIER):
            everything.filter(pk=reviews[name]).update(**changes)
    with pytest.raises(DatabaseError, match="Cannot update rows"), transaction.atomic(EARLIER):
        Feedback.objects.using(EARLIER).update(comment="Never said.")
    held = everything.get(pk=reviews["held"])
    assert held.claimed_by is not None
    decision = {"status": "APPROVED", "decided_by": held.claimed_by, "decided_at": Now(), "approved_draft": held.draft}
    with pytest.raises(DatabaseError, match="has not passed every step"), transaction.atomic(EARLIER):
        everything.filter(pk=held.pk).update(**decision)
    Feedback.objects.using(EARLIER).create(
        review=held, reviewer=held.claimed_by, verdict="APPROVED", draft=held.draft, approved_draft=held.draft
    )
    assert everything.filter(pk=held.pk).update(**decision) == 1
