"""What nobody decided in time is reported once: to leads, and to whoever has it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aigc_portal.accounts.models import Membership, Role, User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.notices.models import Notice
from review.actions import escalation
from review.actions.escalation import escalate, escalate_overdue
from review.actions.triage import assign, set_due
from review.models import Review
from review.tasks import sweep_reviews
from tests.cast import Cast
from tests.factories import make_draft, make_gold, make_review
from tests.review.judging import judge


def overdue(review: Review) -> Review:
    Review.for_reviewers.filter(pk=review.pk).update(due_at=Now() - timedelta(minutes=1))
    review.refresh_from_db()
    return review


def told() -> set[User]:
    return {notice.user for notice in Notice.objects.filter(kind="review.escalated").select_related("user")}


def test_leads_and_whoever_has_it_are_told_once(cast: Cast, held: Review) -> None:
    overdue(held)
    assert escalate_overdue() == 1
    assert told() == {cast.lead, cast.reviewer}
    event = AuditEvent.objects.about(held).get(action="review.escalated")
    assert (event.actor, event.data["due_at"]) == (None, held.due_at.isoformat())
    held.refresh_from_db()
    assert held.escalated_at is not None
    assert escalate_overdue() == 0
    notices = Notice.objects.filter(kind="review.escalated")
    assert [notice.urgent for notice in notices] == [True, True]  # mailed at once


def test_who_was_assigned_it_is_told(cast: Cast, waiting: Review) -> None:
    assign(actor=cast.lead, review=waiting, to=cast.second_reviewer)
    overdue(waiting)
    escalate_overdue()
    assert told() == {cast.lead, cast.second_reviewer}
    notice = Notice.objects.filter(kind="review.escalated").first()
    assert notice is not None
    assert (notice.url, notice.params["title"], notice.actor) == (waiting.get_absolute_url(), "Spring tea", None)


def test_people_who_left_and_other_teams_hear_nothing(cast: Cast, waiting: Review) -> None:
    second = User.objects.create_user("left@example.test", "password", name="Left", is_active=False)
    Membership.objects.create(user=second, team=cast.team, role=Role.LEAD)
    overdue(waiting)
    escalate_overdue()
    assert told() == {cast.lead}


def test_again_only_after_another_due_date(cast: Cast, waiting: Review) -> None:
    overdue(waiting)
    escalate_overdue()
    waiting.refresh_from_db()
    set_due(actor=cast.lead, review=waiting, due_at=timezone.now() + timedelta(hours=1))
    assert escalate_overdue() == 0
    overdue(waiting)
    assert escalate_overdue() == 1
    assert AuditEvent.objects.filter(action="review.escalated").count() == 2


def test_what_is_in_time_decided_or_gold_is_not_reported(cast: Cast, waiting: Review) -> None:
    decided = make_review(make_draft(waiting.draft.brief, "Another tea."))
    overdue(decided)
    judge(decided, cast.reviewer)
    item = make_gold(decided.draft, cast.lead)
    gold = Review.for_reviewers.create(
        team=cast.team,
        draft=item.draft,
        current_draft=item.draft,
        submitted_by=cast.marketer,
        due_at=timezone.now() - timedelta(days=1),
        policy=waiting.policy,
        gold=item,
        assigned_to=cast.second_reviewer,
    )
    assert escalate_overdue() == 0
    assert not escalate(gold)
    assert not Notice.objects.filter(kind="review.escalated").exists()


def test_two_sweepers_report_once(cast: Cast, waiting: Review) -> None:
    one, other = overdue(waiting), Review.objects.get(pk=waiting.pk)
    assert [escalate(one), escalate(other)] == [True, False]
    assert AuditEvent.objects.filter(action="review.escalated").count() == 1


def test_a_pass_is_bounded_and_each_costs_the_same(
    cast: Cast, waiting: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for number in (1, 3):
        for index in range(number):
            overdue(make_review(make_draft(waiting.draft.brief, f"Tea {number} {index}.")))
        with CaptureQueriesContext(connection) as queries:
            assert escalate_overdue() == number
        counts.append(len(queries))
    assert (counts[1] - 1) == 3 * (counts[0] - 1)
    monkeypatch.setattr(escalation, "AT_ONCE", 1)
    for text in ("One.", "Two."):
        overdue(make_review(make_draft(waiting.draft.brief, text)))
    assert [escalate_overdue() for _pass in range(3)] == [1, 1, 0]


def test_the_sweep_does_it(cast: Cast, waiting: Review) -> None:
    overdue(waiting)
    sweep_reviews()
    assert told() == {cast.lead}
