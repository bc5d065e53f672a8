from __future__ import annotations

import pytest

from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.claims import claim, claim_next
from review.models import Review
from tests.cast import Cast
from tests.factories import make_draft, make_review
from tests.review.judging import judge, under


def test_what_was_assigned_is_taken_by_that_person_alone_and_first(cast: Cast, draft: Draft) -> None:
    first = make_review(draft)
    mine = make_review(make_draft(draft.brief, "Another tea."))
    Review.objects.filter(pk=mine.pk).update(assigned_to=cast.reviewer, priority=4)
    assert claim_next(actor=cast.second_reviewer) == first
    assert claim_next(actor=cast.second_reviewer) is None
    with pytest.raises(Refused, match="assigned_to_other"):
        claim(actor=cast.second_reviewer, review=Review.objects.get(pk=mine.pk))
    third = make_review(make_draft(draft.brief, "A third tea."))
    assert claim_next(actor=cast.reviewer) == mine
    assert claim_next(actor=cast.reviewer) == third


def test_the_next_person_is_not_the_one_it_was_assigned_to(cast: Cast, draft: Draft) -> None:
    review = under(draft, {"reviewers": 2})
    Review.objects.filter(pk=review.pk).update(assigned_to=cast.reviewer)
    judge(review, cast.reviewer)
    assert review.assigned_to is None
    assert claim_next(actor=cast.second_reviewer) == review
