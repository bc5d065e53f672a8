from __future__ import annotations

from collections.abc import Callable

import pytest

from generation.actions.drafts import edit_draft
from generation.brief_states import with_state
from generation.models import Brief, Draft
from review.actions import decisions, submission
from review.actions.verdicts import Verdict
from review.models import Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_reason, make_review, make_run


def state_of(brief: Brief) -> str:
    return str(vars(with_state(Brief.objects.all()).get(pk=brief.pk))["state"])


@pytest.fixture
def brief(cast: Cast) -> Brief:
    make_reason(cast.team)
    return make_brief(cast.marketer, cast.team)


@pytest.fixture
def decide(cast: Cast) -> Callable[..., Review]:
    def decide(draft: Draft, to: str) -> Review:
        review = make_review(draft, claimed_by=cast.reviewer)
        if to == "APPROVED":
            decisions.approve(actor=cast.reviewer, review=review, sha256=draft.sha256)
        else:
            refuse = decisions.reject if to == "REJECTED" else decisions.request_changes
            refuse(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
        return review

    return decide


def test_without_drafts(brief: Brief) -> None:
    assert state_of(brief) == "NO_DRAFTS"
    make_run(brief, status="CANCELLED")
    assert state_of(brief) == "NO_DRAFTS"
    make_run(brief, status="FAILED")
    assert state_of(brief) == "FAILED"


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING"])
def test_generating(brief: Brief, status: str) -> None:
    make_draft(brief)
    make_run(brief, status=status)
    assert state_of(brief) == "GENERATING"


def test_from_drafts_to_a_review(cast: Cast, brief: Brief) -> None:
    draft = make_draft(brief)
    assert state_of(brief) == "DRAFTS_READY"
    review = make_review(draft)
    assert state_of(brief) == "IN_REVIEW"
    submission.withdraw(actor=cast.marketer, review=review)
    assert state_of(brief) == "DRAFTS_READY"


@pytest.mark.parametrize("to", ["APPROVED", "REJECTED", "CHANGES_REQUESTED"])
def test_the_decision(brief: Brief, decide: Callable[..., Review], to: str) -> None:
    decide(make_draft(brief), to)
    assert state_of(brief) == to


def test_an_approval_outlasts_a_later_refusal(brief: Brief, decide: Callable[..., Review]) -> None:
    decide(make_draft(brief, "One."), "APPROVED")
    decide(make_draft(brief, "Two."), "REJECTED")
    assert state_of(brief) == "APPROVED"


def test_a_refusal_lasts_until_newer_drafts_or_the_next_submission(
    cast: Cast, brief: Brief, decide: Callable[..., Review]
) -> None:
    draft = make_draft(brief)
    decide(draft, "CHANGES_REQUESTED")
    child = edit_draft(actor=cast.marketer, draft=draft, text="Better.")
    assert state_of(brief) == "CHANGES_REQUESTED"
    review = make_review(child)
    assert state_of(brief) == "IN_REVIEW"
    submission.withdraw(actor=cast.marketer, review=review)
    assert state_of(brief) == "CHANGES_REQUESTED"


@pytest.mark.django_db(transaction=True)
def test_newer_drafts_after_a_refusal(brief: Brief, decide: Callable[..., Review]) -> None:
    decide(make_draft(brief, "One."), "REJECTED")
    make_draft(brief, "Two.")
    assert state_of(brief) == "DRAFTS_READY"
