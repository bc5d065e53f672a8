"""What is closed stays closed, but for a decision that is taken back within seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from generation.models import Draft
from review.actions.decisions import approve, reject
from review.actions.submission import withdraw
from review.actions.verdicts import Verdict
from review.models import ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_draft, make_review, without_triggers
from tests.review.database.writing import refused, row


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
