"""Raw SQL and plain ORM writes: what PostgreSQL is asked to do without asking Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from aigc_portal.accounts.models import User
from generation.models import Draft
from review.models import Feedback, ReasonCode, Review

DECIDE = """
    UPDATE review_review SET status = 'APPROVED', approved_draft_id = draft_id, decided_by_id = %s, decided_at = now()
    WHERE id = %s
"""


@contextmanager
def refused(match: str) -> Iterator[None]:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        yield


def execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def row(review: Review) -> QuerySet[Review]:
    return Review.objects.filter(pk=review.pk)


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
