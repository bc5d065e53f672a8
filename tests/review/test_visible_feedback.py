"""Who reads whose verdict, and when."""

from __future__ import annotations

import pytest

from aigc_portal.accounts.models import Membership, Role, User
from review.models import Review
from review.standing import standing
from review.visible_feedback import visible_corrector, visible_feedback
from tests.cast import Cast
from tests.factories import make_draft, make_policy, make_reason, make_review
from tests.review.judging import judge
from tests.review.people import also_reviewer

NOBODY: list[tuple[str, str | None]] = []


@pytest.fixture(autouse=True)
def _reasons(cast: Cast) -> None:
    make_reason(cast.team)


def seen(user: User, review: Review) -> list[tuple[str, str | None]]:
    """Verdict and name of each that the user sees."""
    user = User.objects.get(pk=user.pk)
    review = Review.objects.with_subject().get(pk=review.pk)
    found = visible_feedback(user, review, standing(user, review))
    return [(one.feedback.verdict, one.reviewer.name if one.reviewer else None) for one in found]


def policed(cast: Cast, review_of: Review, **rules: bool) -> Review:
    """Another review of the same brief, under two reviewers who must agree."""
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, **rules)
    return make_review(make_draft(review_of.draft.brief, "A tea for two."))


def test_a_decision_is_everybodys(cast: Cast, waiting: Review) -> None:
    judge(waiting, cast.reviewer)
    for name in ("marketer", "second_marketer", "second_reviewer", "lead", "auditor", "engineer", "admin"):
        assert seen(getattr(cast, name), waiting) == [("APPROVED", "Reviewer")]


@pytest.mark.parametrize("blind", [True, False])
def test_before_the_decision_it_depends(cast: Cast, waiting: Review, blind: bool) -> None:
    review = policed(cast, waiting, blind=blind)
    judge(review, cast.reviewer)
    told = [("APPROVED", "Reviewer")]
    assert seen(cast.reviewer, review) == told
    assert seen(cast.lead, review) == told
    assert seen(cast.auditor, review) == told
    assert seen(cast.second_reviewer, review) == (NOBODY if blind else told)
    for name in ("marketer", "second_marketer", "engineer", "admin"):
        assert seen(getattr(cast, name), review) == NOBODY


def test_a_contributor_who_also_reviews_reads_like_an_author(cast: Cast, waiting: Review) -> None:
    review = policed(cast, waiting)
    judge(review, cast.reviewer)
    assert seen(also_reviewer(cast.marketer, cast.team), review) == NOBODY


def test_a_blind_dispute_is_decided_without_names(cast: Cast, waiting: Review) -> None:
    review = policed(cast, waiting, blind=True)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    assert seen(cast.third_reviewer, review) == [("APPROVED", None), ("REJECTED", None)]
    assert seen(cast.reviewer, review) == [("APPROVED", "Reviewer")]
    assert seen(cast.lead, review) == [("APPROVED", "Reviewer"), ("REJECTED", "Second Reviewer")]
    judge(review, cast.third_reviewer, "REJECTED")
    assert [name for _, name in seen(cast.reviewer, review)] == ["Reviewer", "Second Reviewer", "Third Reviewer"]


def test_a_lead_who_may_judge_is_as_blind_as_anybody(cast: Cast, waiting: Review) -> None:
    review = policed(cast, waiting, blind=True)
    judge(review, cast.reviewer)
    Membership.objects.create(team=cast.team, user=cast.lead, role=Role.REVIEWER)
    assert seen(cast.lead, review) == NOBODY


def test_what_was_taken_back_is_nobodys(cast: Cast, waiting: Review) -> None:
    review = policed(cast, waiting)
    said = judge(review, cast.reviewer)
    type(said).objects.filter(pk=said.pk).update(undone_at="2026-01-01T00:00Z")
    for name in ("reviewer", "second_reviewer", "lead", "auditor"):
        assert seen(getattr(cast, name), review) == NOBODY


@pytest.mark.parametrize("blind", [True, False])
def test_who_corrected_is_told_as_the_verdict_is(cast: Cast, waiting: Review, blind: bool) -> None:
    review = policed(cast, waiting, blind=blind)

    def corrector(user: User) -> User | None:
        found = Review.objects.with_subject().get(pk=review.pk)
        return visible_corrector(user, found, standing(user, found))

    assert corrector(cast.lead) is None
    judge(review, cast.reviewer, text="A tea for two, corrected.")
    assert corrector(cast.lead) == corrector(cast.auditor) == cast.reviewer
    assert corrector(cast.second_reviewer) == (None if blind else cast.reviewer)
    assert corrector(cast.marketer) is None
