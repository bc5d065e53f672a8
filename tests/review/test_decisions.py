from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now

from aigc_portal.accounts.models import User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from generation.actions.drafts import edit_draft
from generation.models import Draft
from generation.models.drafts import LONGEST_TEXT, sha256_of
from review.actions.decisions import approve, reject, request_changes
from review.actions.verdicts import Verdict
from review.models import Feedback, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_reason, make_review
from tests.review.people import also_reviewer

WHY = Verdict(reasons=["inaccurate"], accuracy=1, brand_fit=3, language=5, comment="Six hours,\nnot twelve.")


def unchanged(review: Review) -> bool:
    now = Review.objects.get(pk=review.pk)
    return now.status == "IN_REVIEW" and not Feedback.objects.exists() and Draft.objects.count() == 1


def test_approving_names_the_submitted_draft(cast: Cast, held: Review) -> None:
    said = approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=Verdict(accuracy=5))
    assert (held.status, held.decided_by, held.approved_draft) == ("APPROVED", cast.reviewer, held.draft)
    assert held.decided_at is not None
    assert not held.was_corrected
    assert held.feedback.get() == said == held.deciding_feedback
    assert (said.reviewer, said.step, said.kind, said.verdict) == (cast.reviewer, 1, "review", "APPROVED")
    assert (said.draft, said.approved_draft, said.undone_at) == (held.draft, held.draft, None)
    assert (said.accuracy, said.brand_fit, said.comment) == (5, None, "")
    event = AuditEvent.objects.about(held)[0]
    assert (event.action, event.actor) == ("review.approved", cast.reviewer)
    assert event.data == {
        "before": {"status": "IN_REVIEW"},
        "after": {"status": "APPROVED"},
        "verdict": "APPROVED",
        "step": 1,
        "sha256": held.draft.sha256,
        "corrected": False,
        "reasons": [],
    }


def test_a_correction_is_a_child_of_the_submitted_draft(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256, corrected_text="Spring tea,\r\nfresh.  ")
    child = held.approved_draft
    assert child is not None
    assert held.was_corrected
    assert (child.text, child.parent, child.author, child.origin) == (
        "Spring tea,\nfresh.",
        held.draft,
        cast.reviewer,
        "human",
    )
    assert held.current_draft == child
    said = held.feedback.get()
    assert (said.draft, said.approved_draft, said.was_corrected) == (held.draft, child, True)
    assert child.contributors == sorted([cast.marketer.pk, cast.reviewer.pk])
    assert AuditEvent.objects.about(child)[0].action == "draft.corrected"
    assert AuditEvent.objects.about(held)[0].data["sha256"] == sha256_of("Spring tea,\nfresh.")


def test_a_correction_that_changes_nothing_approves_as_is(cast: Cast, held: Review) -> None:
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256, corrected_text=held.draft.text + "\r\n")
    assert held.approved_draft == held.draft
    assert Draft.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "code"), [("  \n", "empty_text"), ("\x00", "empty_text"), ("x" * (LONGEST_TEXT + 1), "text_too_long")]
)
def test_a_correction_that_is_no_text_decides_nothing(cast: Cast, held: Review, text: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256, corrected_text=text)
    assert unchanged(held)


@pytest.mark.parametrize(
    ("decide", "status", "action"),
    [(request_changes, "CHANGES_REQUESTED", "review.changes_requested"), (reject, "REJECTED", "review.rejected")],
)
def test_a_refusal_keeps_its_reasons(
    cast: Cast, held: Review, reason: ReasonCode, decide: Callable[..., Feedback], status: str, action: str
) -> None:
    said = decide(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=WHY)
    assert (held.status, held.decided_by, held.approved_draft) == (status, cast.reviewer, None)
    assert held.feedback.get() == said
    assert (said.reviewer, said.verdict, said.draft, said.approved_draft) == (cast.reviewer, status, held.draft, None)
    assert list(said.reasons.all()) == [reason]
    assert (said.accuracy, said.brand_fit, said.language, said.comment) == (1, 3, 5, "Six hours,\nnot twelve.")
    event = AuditEvent.objects.about(held)[0]
    assert (event.action, event.data["reasons"]) == (action, ["inaccurate"])


@pytest.mark.parametrize("decide", [request_changes, reject])
def test_a_refusal_needs_a_reason(cast: Cast, held: Review, decide: Callable[..., Feedback]) -> None:
    with pytest.raises(Refused, match="reason_required"):
        decide(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=Verdict(comment="No."))
    assert unchanged(held)


def test_another_teams_reason_is_unknown(cast: Cast, held: Review) -> None:
    make_reason(cast.other_team, "theirs")
    with pytest.raises(Refused, match="unknown_reason"):
        reject(actor=cast.reviewer, review=held, sha256=held.draft.sha256, verdict=Verdict(reasons=["theirs"]))
    assert unchanged(held)


def test_a_decision_is_on_the_text_that_was_seen(cast: Cast, held: Review) -> None:
    with pytest.raises(Refused, match="other_text"):
        approve(actor=cast.reviewer, review=held, sha256=sha256_of("Another text."), corrected_text="A new one.")
    assert unchanged(held)


def test_only_who_holds_it_decides(cast: Cast, held: Review) -> None:
    with pytest.raises(StaleState):
        approve(actor=cast.second_reviewer, review=held, sha256=held.draft.sha256)
    assert unchanged(held)


def test_a_waiting_review_is_claimed_before_it_is_decided(cast: Cast, waiting: Review) -> None:
    with pytest.raises(StaleState):
        approve(actor=cast.reviewer, review=waiting, sha256=waiting.draft.sha256)


@pytest.mark.parametrize("person", ["marketer", "second_marketer", "lead", "auditor", "engineer", "admin", "outsider"])
def test_only_a_reviewer_of_the_team_decides(cast: Cast, held: Review, person: str) -> None:
    with pytest.raises(PermissionDenied):
        approve(actor=getattr(cast, person), review=held, sha256=held.draft.sha256)
    assert unchanged(held)


def test_a_decision_is_final(cast: Cast, held: Review, reason: ReasonCode) -> None:
    late = Review.objects.get(pk=held.pk)
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    with pytest.raises(StaleState) as caught:
        reject(actor=cast.reviewer, review=late, sha256=held.draft.sha256, verdict=WHY)
    assert caught.value.obj.status == "APPROVED"
    assert Feedback.objects.count() == 1


def test_a_late_correction_leaves_no_draft_behind(cast: Cast, held: Review) -> None:
    late = Review.objects.get(pk=held.pk)
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    with pytest.raises(StaleState):
        approve(actor=cast.reviewer, review=late, sha256=held.draft.sha256, corrected_text="Too late.")
    assert Draft.objects.count() == 1


@pytest.mark.parametrize("superuser", [False, True])
def test_who_wrote_any_part_does_not_decide(cast: Cast, draft: Draft, superuser: bool) -> None:
    """The asker of the run, and everybody who edited on the way, whatever their roles."""
    child = edit_draft(actor=cast.second_marketer, draft=draft, text="A fresh spring tea from April.")
    User.objects.update(is_superuser=superuser)
    review = make_review(child, claimed_by=cast.reviewer)
    for author in (also_reviewer(user, cast.team) for user in (cast.marketer, cast.second_marketer)):
        Review.objects.filter(pk=review.pk).update(claimed_by=author)
        with pytest.raises(Refused, match="four_eyes"):
            approve(actor=author, review=Review.objects.get(pk=review.pk), sha256=child.sha256)
    refusals = AuditEvent.objects.about(review).filter(action="review.four_eyes_refused")
    assert {event.actor for event in refusals} == {cast.marketer, cast.second_marketer}


def test_the_time_from_taking_it_to_the_verdict_is_kept(cast: Cast, held: Review) -> None:
    Review.objects.filter(pk=held.pk).update(claimed_at=Now() - timedelta(seconds=95))
    said = approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    said.refresh_from_db()
    assert said.seconds in (95, 96)


def test_a_superuser_without_the_role_does_not_decide(cast: Cast, held: Review) -> None:
    cast.admin.is_superuser = True
    cast.admin.save(update_fields=["is_superuser"])
    with pytest.raises(PermissionDenied):
        approve(actor=cast.admin, review=held, sha256=held.draft.sha256)
