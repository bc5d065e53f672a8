"""A lead decides alone: what it needs, what it leaves behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from aigc_portal.accounts.models import Membership, Role, User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.notices.models import Notice
from aigc_portal.problems import Refused
from generation.models import Brief, Draft
from review.actions.break_glass import break_glass, told_of
from review.actions.claims import claim
from review.actions.decisions import approve, reject
from review.actions.verdicts import Verdict
from review.datasets.selection import Selection
from review.models import Feedback, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_group, make_policy, make_review, without_triggers
from tests.review.people import also_reviewer

WHY = "The shop opens in an hour and nobody else is here."


def break_it(actor: User, review: Review, decision: str = "APPROVED", **given: Any) -> Feedback:
    given = {"sha256": review.current_draft.sha256, "reason": WHY} | given
    return break_glass(actor=actor, review=review, decision=decision, **given)


def events(review: Review) -> list[AuditEvent]:
    return list(AuditEvent.objects.about(review).order_by("id"))


def test_a_lead_decides_alone(cast: Cast, waiting: Review) -> None:
    said = break_it(cast.lead, waiting)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.decided_by, waiting.approved_draft) == ("APPROVED", cast.lead, waiting.draft)
    assert waiting.break_glass == WHY
    assert (said.reviewer, said.verdict) == (cast.lead, "APPROVED")
    broken, decided = events(waiting)[-2:]
    assert (broken.action, broken.actor) == ("review.glass_broken", cast.lead)
    assert broken.data == {"reason": WHY, "rules": ["role"], "held_by": ""}
    assert (decided.action, decided.actor) == ("review.approved", cast.lead)


def test_against_four_eyes(cast: Cast, draft: Draft) -> None:
    author = Membership.objects.create(user=cast.marketer, team=cast.team, role=Role.LEAD).user
    author = also_reviewer(author, cast.team)
    review = make_review(draft)
    break_it(author, review)
    assert review.status == "APPROVED"
    assert events(review)[-2].data["rules"] == ["four_eyes"]


def test_against_the_steps(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 2}, {})
    lead = also_reviewer(cast.lead, cast.team)
    review = make_review(draft)
    break_it(lead, review)
    assert review.status == "APPROVED"
    assert events(review)[-2].data["rules"] == ["steps"]


def test_where_another_group_is_asked(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"group": make_group(cast.team, "Legal", cast.reviewer)})
    lead = also_reviewer(cast.lead, cast.team)
    review = make_review(draft)
    break_it(lead, review)
    assert events(review)[-2].data["rules"] == ["steps"]


def test_who_breaks_no_rule_takes_the_usual_way(cast: Cast, waiting: Review) -> None:
    lead = also_reviewer(cast.lead, cast.team)
    with pytest.raises(Refused, match="glass_not_needed"):
        break_it(lead, waiting)
    claim(actor=lead, review=waiting)
    approve(actor=lead, review=waiting, sha256=waiting.draft.sha256)


def test_who_has_judged_already_says_something_else(cast: Cast, draft: Draft, reason: ReasonCode) -> None:
    """A person has one verdict on a text: the newer one stands."""
    make_policy(cast.team, {"reviewers": 3})
    lead = also_reviewer(cast.lead, cast.team)
    review = make_review(draft, claimed_by=lead)
    first = approve(actor=lead, review=review, sha256=draft.sha256)
    review = Review.objects.get(pk=review.pk)
    second = break_it(lead, review, "REJECTED", verdict=Verdict(reasons=["inaccurate"]))
    assert review.status == "REJECTED"
    first.refresh_from_db()
    assert first.undone_at is not None
    assert list(review.feedback.standing()) == [second]


def test_the_holder_loses_it_and_is_told(cast: Cast, held: Review) -> None:
    break_it(cast.lead, held)
    assert [event.action for event in events(held)[-4:]] == [
        "review.taken_over",
        "review.in_review",
        "review.glass_broken",
        "review.approved",
    ]
    assert events(held)[-2].data["held_by"] == str(cast.reviewer)
    assert Notice.objects.filter(user=cast.reviewer, kind="review.glass_broken").exists()
    with pytest.raises(StaleState):
        approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)


def test_auditors_are_told_at_once(cast: Cast, waiting: Review) -> None:
    break_it(cast.lead, waiting)
    told = Notice.objects.get(kind="review.glass_broken")
    assert (told.user, told.urgent, told.actor) == (cast.auditor, True, cast.lead)
    assert told.due_at - told.created_at < timedelta(seconds=1)
    assert told.url == waiting.get_absolute_url()
    assert told.params["title"] == "Spring tea"


def test_where_nobody_audits_admins_are_told(cast: Cast, waiting: Review) -> None:
    assert told_of(cast.lead, waiting) == [cast.auditor]
    Membership.objects.filter(role=Role.AUDITOR, team=cast.team).delete()
    assert told_of(cast.lead, waiting) == [cast.admin]
    assert told_of(cast.admin, waiting) == []


@pytest.mark.parametrize("person", ["marketer", "reviewer", "auditor", "engineer", "admin", "outsider"])
def test_only_leads_of_the_team(cast: Cast, waiting: Review, person: str) -> None:
    with pytest.raises(PermissionDenied):
        break_it(getattr(cast, person), waiting)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.break_glass) == ("PENDING", "")


@pytest.mark.parametrize("reason", ["", "Because.", "x" * 19, " " * 30, "x" * 1001])
def test_the_reason_is_a_sentence(cast: Cast, waiting: Review, reason: str) -> None:
    with pytest.raises(Refused, match="reason_length"):
        break_it(cast.lead, waiting, reason=reason)


@pytest.mark.parametrize("length", [20, 1000])
def test_a_reason_of_the_right_length(cast: Cast, waiting: Review, length: int) -> None:
    break_it(cast.lead, waiting, reason="x" * length)
    assert waiting.break_glass == "x" * length


@pytest.mark.parametrize("decision", ["REJECTED", "CHANGES_REQUESTED"])
def test_a_refusal_names_reasons(cast: Cast, waiting: Review, reason: ReasonCode, decision: str) -> None:
    with pytest.raises(Refused, match="reason_required"):
        break_it(cast.lead, waiting, decision)
    break_it(cast.lead, waiting, decision, verdict=Verdict(reasons=["inaccurate"]))
    assert waiting.status == decision


def test_it_is_on_the_text_that_was_read(cast: Cast, waiting: Review) -> None:
    with pytest.raises(Refused, match="other_text"):
        break_it(cast.lead, waiting, sha256="0" * 64)


def test_a_decided_review_stays_decided(cast: Cast, held: Review) -> None:
    late = Review.objects.get(pk=held.pk)
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    for review in (held, late):
        with pytest.raises(StaleState):
            break_it(cast.lead, review)
    assert not AuditEvent.objects.filter(action="review.glass_broken").exists()
    assert Notice.objects.filter(kind="review.glass_broken").count() == 0


def test_who_takes_it_at_the_same_moment_keeps_it(cast: Cast, waiting: Review) -> None:
    read = Review.objects.get(pk=waiting.pk)
    claim(actor=cast.reviewer, review=waiting)
    with pytest.raises(StaleState):
        break_it(cast.lead, read)
    assert Review.objects.get(pk=waiting.pk).claimed_by == cast.reviewer


def test_a_verdict_given_long_ago_is_replaced(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 3})
    lead = also_reviewer(cast.lead, cast.team)
    review = make_review(draft, claimed_by=lead)
    said = approve(actor=lead, review=review, sha256=draft.sha256)
    with without_triggers():
        Feedback.objects.filter(pk=said.pk).update(given_at=timezone.now() - timedelta(minutes=5))
    assert break_it(lead, review).review.status in ("APPROVED", "REJECTED")


def test_it_never_becomes_training_data(cast: Cast, held: Review, reason: ReasonCode) -> None:
    other = make_review(make_draft(make_brief(cast.marketer, cast.team), "Another tea."), claimed_by=cast.reviewer)
    reject(actor=cast.reviewer, review=other, sha256=other.draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    Brief.objects.update(training_consent=True)
    break_it(cast.lead, held)
    assert list(Selection(cast.team.pk).reviews()) == [other]
