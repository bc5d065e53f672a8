"""Reviewers who cannot agree, and who decides between them."""

from __future__ import annotations

import pytest

from aigc_portal.audit.models import AuditEvent
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.claims import claim, claim_next
from review.models import Feedback, Review
from tests.cast import Cast, make_user
from tests.factories import make_group
from tests.review.judging import asked, judge, under

pytestmark = pytest.mark.usefixtures("reason")


@pytest.mark.parametrize("verdict", ["APPROVED", "CHANGES_REQUESTED", "REJECTED"])
def test_an_adjudicator_decides_a_dispute_alone(cast: Cast, draft: Draft, verdict: str) -> None:
    heads = make_group(cast.team, "Heads", cast.third_reviewer)
    editors = make_group(cast.team, "Editors", cast.reviewer, cast.second_reviewer, cast.third_reviewer)
    review = under(draft, {"reviewers": 2, "group": editors}, adjudicators=heads)
    fourth = make_user("fourth", cast.team, "reviewer")
    editors.members.add(fourth)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    assert (review.disputed, review.group) == (True, heads)
    assert AuditEvent.objects.about(review)[0].data["disputed"] is True
    assert claim_next(actor=fourth) is None
    with pytest.raises(Refused, match="not_asked"):
        claim(actor=fourth, review=Review.objects.get(pk=review.pk))
    said = judge(review, cast.third_reviewer, verdict)
    assert (said.kind, review.status, review.decided_by) == (Feedback.Kind.ADJUDICATION, verdict, cast.third_reviewer)


def test_without_adjudicators_anybody_who_has_not_judged_decides_the_dispute(cast: Cast, draft: Draft) -> None:
    editors = make_group(cast.team, "Editors", cast.reviewer, cast.second_reviewer)
    review = under(draft, {"reviewers": 2, "group": editors})
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    assert (review.disputed, review.group) == (True, None)
    for judged in (cast.reviewer, cast.second_reviewer):
        with pytest.raises(Refused, match="judged_already"):
            claim(actor=judged, review=Review.objects.get(pk=review.pk))
    judge(review, cast.third_reviewer)
    assert review.status == "APPROVED"


def test_after_adjudication_the_next_step_is_an_ordinary_one(cast: Cast, draft: Draft) -> None:
    heads = make_group(cast.team, "Heads", cast.third_reviewer)
    review = under(draft, {"reviewers": 2}, {}, adjudicators=heads)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    judge(review, cast.third_reviewer)
    assert (asked(review), review.group) == (("PENDING", 2, False), None)
    last = judge(review, make_user("fourth", cast.team, "reviewer"))
    assert (last.kind, review.status) == (Feedback.Kind.REVIEW, "APPROVED")
