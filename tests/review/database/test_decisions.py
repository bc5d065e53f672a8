"""Who decides, and what a decision must bring, whoever the person is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from aigc_portal.accounts.models import User
from generation.actions.drafts import edit_draft
from generation.models import Draft
from review.models import Feedback, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_review
from tests.review.database.writing import DECIDE, correction, execute, refused, row, say, taken


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


@pytest.mark.parametrize(("status", "names_draft"), [("APPROVED", False), ("REJECTED", True)])
def test_an_approval_and_nothing_else_names_its_draft(
    cast: Cast, held: Review, reason: ReasonCode, status: str, names_draft: bool
) -> None:
    approved = held.draft if names_draft else None
    say(held, reason, verdict=status)
    row(held).update(break_glass="Not even then.")
    with refused("review_approval_names_draft"):
        row(held).update(status=status, decided_by=cast.reviewer, decided_at=Now(), approved_draft=approved)
