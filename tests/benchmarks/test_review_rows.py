"""What the review benchmark fills in is what the portal itself would have written."""

from __future__ import annotations

import pytest
from django.db import connection

from aigc_portal.audit.models import AuditEvent
from generation.models import Draft
from review.actions.claims import claim_next
from review.actions.decisions import approve
from review.models import DECIDED, Feedback, Review
from tests.benchmarks.review_rows import TABLES
from tests.benchmarks.review_store import Scale, as_owner, fill

SCALE = Scale(drafts=1200, sentences=60)

UNLIKE_THE_TRIGGERS = """
    SELECT count(*) FROM review_review AS review
    JOIN review_searchentry AS entry ON entry.review_id = review.id
    JOIN generation_draft AS draft ON draft.id = review.draft_id
    JOIN generation_brief AS brief ON brief.id = draft.brief_id
    JOIN generation_promptversion AS version ON version.id = brief.prompt_version_id
    JOIN generation_generationrun AS run ON run.id = draft.run_id
    WHERE entry.words <> portal_search_vector(brief.title || E'\\n' || draft.text)
        OR review.language <> brief.language OR review.channel <> brief.channel OR review.prompt_id <> version.prompt_id
        OR review.model_id <> run.model_id OR review.team_id <> draft.team_id OR brief.team_id <> draft.team_id
        OR NOT review.barred @> draft.contributors OR run.brief_id <> brief.id OR draft.author_id <> run.requested_by_id
        OR draft.sha256 <> encode(sha256(convert_to(draft.text, 'UTF8')), 'hex')
"""
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, from_column.attname, confrelid::regclass::text, to_column.attname
    FROM pg_constraint
    JOIN pg_attribute AS from_column ON from_column.attrelid = conrelid AND from_column.attnum = conkey[1]
    JOIN pg_attribute AS to_column ON to_column.attrelid = confrelid AND to_column.attnum = confkey[1]
    WHERE contype = 'f' AND conrelid = ANY (%s::regclass[])
"""
CLOSED_IS_FINAL = """
    SELECT tgname FROM pg_trigger WHERE tgrelid = 'review_review'::regclass AND tgname LIKE '%closed_is_final%'
"""


@pytest.mark.django_db(transaction=True)
def test_rows_are_as_the_portal_would_have_written_them() -> None:
    staff = fill(SCALE)
    reviews = Review.objects.all()
    assert Draft.objects.filter(origin="model").count() == SCALE.drafts
    assert (reviews.open().count(), reviews.filter(status__in=DECIDED).count()) == (SCALE.open, SCALE.drafts * 3 // 10)
    assert {review.language for review in reviews} == {"en", "zh"}
    assert reviews.filter(status="IN_REVIEW").exists()
    assert reviews.filter(assigned_to__isnull=False).exists()
    assert reviews.open().filter(step=2, group__name="Legal").exists()
    with connection.cursor() as cursor:
        cursor.execute(UNLIKE_THE_TRIGGERS)
        assert cursor.fetchone() == (0,)
        cursor.execute(FOREIGN_KEYS, [list(TABLES)])
        for table, column, other, key in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM {table} LEFT JOIN {other} AS other ON other.{key} = {table}.{column} "  # noqa: S608
                f"WHERE {table}.{column} IS NOT NULL AND other.{key} IS NULL"
            )
            assert cursor.fetchone() == (0,), f"{table}.{column}"
    decisions_pass_the_rules()
    events = AuditEvent.objects.filter(target_type="review.review")
    assert events.filter(action="review.submitted").count() == reviews.count()
    assert events.filter(action__in=["review.judged", *(f"review.{status.lower()}" for status in DECIDED)]).count() == (
        Feedback.objects.count()
    )
    for reviewer, step in ((staff.reviewers[0], 1), (staff.legal, 2)):
        taken = claim_next(actor=reviewer)
        assert taken is not None
        assert taken.step == step
        approve(actor=reviewer, review=taken, sha256=taken.current_draft.sha256)
        assert taken.status == "APPROVED"


def decisions_pass_the_rules() -> None:
    """Each decision once more, past the trigger that keeps closed reviews closed."""
    with as_owner() as owner:
        found = owner.execute(CLOSED_IS_FINAL).fetchone()
        assert found is not None
        with owner.transaction(force_rollback=True):
            owner.execute(f"ALTER TABLE review_review DISABLE TRIGGER {found[0]}")
            done = owner.execute("UPDATE review_review SET priority = priority WHERE decided_by_id IS NOT NULL")
            assert done.rowcount == SCALE.drafts * 3 // 10
