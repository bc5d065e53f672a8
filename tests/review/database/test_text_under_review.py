"""The text under review changes by its holder's correction alone, and nothing else is approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from generation.actions.drafts import edit_draft
from review.models import Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft
from tests.review.database.writing import correction, refused, row, say


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
