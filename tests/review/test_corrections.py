"""Corrections on the way through the steps: another text, which is judged from the first step on."""

from __future__ import annotations

import pytest

from aigc_portal.audit.models import AuditEvent
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.claims import claim
from review.actions.decisions import approve, reject
from review.actions.verdicts import Verdict
from review.models import Review
from tests.cast import Cast, make_user
from tests.review.judging import asked, judge, under

pytestmark = pytest.mark.usefixtures("reason")


def test_a_correction_voids_earlier_approvals_and_reopens_the_first_step(cast: Cast, draft: Draft) -> None:
    review = under(draft, {}, {"reviewers": 2}, {})
    fourth = make_user("fourth", cast.team, "reviewer")
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer)
    judge(review, cast.third_reviewer, text="A fresh spring tea from Wuyi.")
    child = review.current_draft
    assert (child.text, child.parent, child.author) == ("A fresh spring tea from Wuyi.", draft, cast.third_reviewer)
    assert asked(review) == ("PENDING", 1, False)
    assert review.barred == sorted([cast.marketer.pk, cast.third_reviewer.pk])
    assert AuditEvent.objects.about(review)[0].data["corrected"] is True

    judge(review, cast.reviewer)
    assert asked(review) == ("PENDING", 2, False), "the corrector's own approval counts as one of two"
    judge(review, cast.second_reviewer)
    assert asked(review) == ("PENDING", 3, False)
    judge(review, fourth)
    assert (review.status, review.approved_draft, review.was_corrected) == ("APPROVED", child, True)
    assert list(review.feedback.on_text(child.pk).values_list("reviewer", "step")) == [
        (cast.third_reviewer.pk, 2),
        (cast.reviewer.pk, 1),
        (cast.second_reviewer.pk, 2),
        (fourth.pk, 3),
    ]


def test_a_verdict_on_the_text_before_a_correction_is_refused_with_the_text_that_stands(
    cast: Cast, draft: Draft
) -> None:
    review = under(draft, {}, {})
    judge(review, cast.reviewer, text="A fresh spring tea from Wuyi.")
    claim(actor=cast.second_reviewer, review=review)
    with pytest.raises(Refused, match="other_text"):
        approve(actor=cast.second_reviewer, review=review, sha256=draft.sha256)
    with pytest.raises(Refused, match="other_text"):
        reject(actor=cast.second_reviewer, review=review, sha256=draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    assert review.feedback.count() == 1


def test_a_correction_of_a_correction(cast: Cast, draft: Draft) -> None:
    review = under(draft, {}, {})
    judge(review, cast.reviewer, text="One.")
    judge(review, cast.second_reviewer, text="Two.")
    assert asked(review) == ("PENDING", 1, False)
    assert review.barred == sorted([cast.marketer.pk, cast.second_reviewer.pk]), "the first corrector is asked again"
    judge(review, cast.reviewer)
    assert (review.status, review.approved_draft.text if review.approved_draft else "") == ("APPROVED", "Two.")
    assert review.current_draft.parent is not None
    assert review.current_draft.parent.text == "One."


def test_a_refusal_on_the_text_before_a_correction_does_not_count_on_the_corrected_one(
    cast: Cast, draft: Draft
) -> None:
    review = under(draft, {"reviewers": 3})
    judge(review, cast.reviewer, "REJECTED")
    judge(review, cast.second_reviewer, text="Better.")
    assert asked(review) == ("PENDING", 1, False)
    judge(review, cast.reviewer)
    assert review.status == "APPROVED"


def test_an_adjudicators_correction_decides_the_step(cast: Cast, draft: Draft) -> None:
    review = under(draft, {"reviewers": 2}, {})
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    judge(review, cast.third_reviewer, text="Better.")
    assert asked(review) == ("PENDING", 2, False)
    judge(review, cast.reviewer)
    assert (review.status, review.current_draft.text) == ("APPROVED", "Better.")


def test_a_correction_is_confirmed_by_somebody_else_where_the_policy_says_so(cast: Cast, draft: Draft) -> None:
    review = under(draft, confirm_corrections=True)
    judge(review, cast.reviewer, text="Better.")
    assert asked(review) == ("PENDING", 1, False)
    with pytest.raises(Refused, match="judged_already"):
        claim(actor=cast.reviewer, review=Review.objects.get(pk=review.pk))
    judge(review, cast.second_reviewer)
    assert (review.status, review.decided_by, review.current_draft.text) == (
        "APPROVED",
        cast.second_reviewer,
        "Better.",
    )


def test_a_confirmed_approval_without_a_correction_needs_nobody_else(cast: Cast, draft: Draft) -> None:
    review = under(draft, confirm_corrections=True)
    judge(review, cast.reviewer)
    assert review.status == "APPROVED"


def test_an_adjudicators_correction_is_confirmed_too(cast: Cast, draft: Draft) -> None:
    review = under(draft, {"reviewers": 2}, confirm_corrections=True)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    judge(review, cast.third_reviewer, text="Better.")
    assert asked(review) == ("PENDING", 1, False)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer)
    assert review.status == "APPROVED"
