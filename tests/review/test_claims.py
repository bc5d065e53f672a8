from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aigc_portal.accounts.models import Membership, Role, User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.claims import (
    claim,
    claim_next,
    release,
    release_expired,
    release_former_reviewers,
    renew,
)
from review.actions.decisions import approve
from review.models import CLAIM, Review
from tests.cast import Cast, make_user
from tests.factories import make_brief, make_draft, make_review
from tests.review.people import also_reviewer


def expire(review: Review) -> None:
    Review.objects.filter(pk=review.pk).update(claimed_until=Now() - timedelta(seconds=1))


def actions(review: Review) -> list[str]:
    return [event.action for event in AuditEvent.objects.about(review).order_by("id")]


def test_a_claim_is_held_for_half_an_hour(cast: Cast, waiting: Review) -> None:
    claim(actor=cast.reviewer, review=waiting)
    assert (waiting.status, waiting.claimed_by) == ("IN_REVIEW", cast.reviewer)
    assert waiting.claimed_until is not None
    assert abs(waiting.claimed_until - timezone.now() - CLAIM) < timedelta(seconds=10)
    assert actions(waiting) == ["review.submitted", "review.in_review"]


def test_nobody_else_takes_what_is_claimed(cast: Cast, held: Review) -> None:
    with pytest.raises(StaleState) as caught:
        claim(actor=cast.second_reviewer, review=held)
    assert caught.value.obj == held
    assert Review.objects.get(pk=held.pk).claimed_by == cast.reviewer


def test_taking_ones_own_claim_again_renews_it(cast: Cast, held: Review) -> None:
    expire(held)
    claim(actor=cast.reviewer, review=held)
    assert Review.objects.filter(pk=held.pk, claimed_until__gt=Now() + timedelta(minutes=29)).exists()
    assert actions(held).count("review.in_review") == 1


@pytest.mark.parametrize("person", ["marketer", "second_marketer", "lead", "auditor", "engineer", "admin", "outsider"])
def test_only_a_reviewer_of_the_team_claims(cast: Cast, waiting: Review, person: str) -> None:
    with pytest.raises(PermissionDenied):
        claim(actor=getattr(cast, person), review=waiting)
    assert Review.objects.get(pk=waiting.pk).status == "PENDING"


def test_a_contributor_does_not_claim_and_the_attempt_is_an_event(cast: Cast, waiting: Review) -> None:
    author = also_reviewer(cast.marketer, cast.team)
    with pytest.raises(Refused) as caught:
        claim(actor=author, review=waiting)
    assert (caught.value.code, caught.value.status) == ("four_eyes", 403)
    assert AuditEvent.objects.about(waiting)[0].action == "review.four_eyes_refused"


def test_the_next_one_is_the_oldest_waiting_one(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    first, second, third = (make_review(make_draft(brief, text)) for text in ("one", "two", "three"))
    claim(actor=cast.second_reviewer, review=first)
    assert claim_next(actor=cast.reviewer) == second
    assert claim_next(actor=cast.reviewer) == third
    assert claim_next(actor=cast.reviewer) is None


def test_the_next_one_is_the_most_urgent_then_the_first_due(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    reviews = [make_review(make_draft(brief, text)) for text in ("normal", "due first", "urgent", "low", "high")]
    soon = Now() + timedelta(hours=1)
    wanted: list[dict[str, Any]] = [{}, {"due_at": soon}, {"priority": 1}, {"priority": 4}, {"priority": 2}]
    for review, changes in zip(reviews, wanted, strict=True):
        Review.objects.filter(pk=review.pk).update(**{"priority": 3} | changes)
    taken = [claim_next(actor=cast.reviewer) for _review in reviews]
    assert [review and review.draft.text for review in taken] == ["urgent", "high", "due first", "normal", "low"]


def test_the_next_one_leaves_out_ones_own_texts_and_other_teams(cast: Cast, waiting: Review) -> None:
    assert claim_next(actor=also_reviewer(cast.marketer, cast.team)) is None
    assert claim_next(actor=cast.outsider) is None
    assert claim_next(actor=cast.auditor) is None
    assert claim_next(actor=cast.reviewer) == waiting


def test_the_next_one_can_be_chosen_among_some(cast: Cast, waiting: Review) -> None:
    assert claim_next(actor=cast.reviewer, among=Q(draft__brief__language="zh")) is None
    assert claim_next(actor=cast.reviewer, among=Q(draft__brief__language="en")) == waiting


def test_taking_the_next_one_costs_three_statements_in_its_transaction(cast: Cast, waiting: Review) -> None:
    """And one more for whoever reviews in several teams; what was assigned costs the same."""
    for team, statements in ((cast.team, ["SELECT"]), (cast.other_team, ["SELECT", "SELECT"])):
        reviewer = also_reviewer(cast.auditor, team)
        reviewer.roles_by_team  # noqa: B018
        with CaptureQueriesContext(connection) as made:
            review = claim_next(actor=reviewer)
        assert review == waiting
        kinds = [query["sql"].split()[0].lstrip("(") for query in made]
        assert kinds == ["SAVEPOINT", *statements, "UPDATE", "INSERT", "RELEASE"]
        release(actor=reviewer, review=review)
        Review.objects.filter(pk=waiting.pk).update(assigned_to=reviewer)


def test_of_several_teams_the_one_whose_review_is_due_first(cast: Cast, waiting: Review) -> None:
    author = make_user("author", cast.other_team, Role.MARKETER)
    urgent = make_review(make_draft(make_brief(author, cast.other_team), "Now."))
    Review.objects.filter(pk=urgent.pk).update(priority=1)
    also_reviewer(cast.auditor, cast.team)
    reviewer = also_reviewer(cast.auditor, cast.other_team)
    assert [claim_next(actor=reviewer) for _ in range(3)] == [urgent, waiting, None]


def test_a_released_review_waits_again(cast: Cast, held: Review) -> None:
    release(actor=cast.reviewer, review=held)
    assert (held.status, held.claimed_by, held.claimed_until) == ("PENDING", None, None)
    assert actions(held)[-1] == "review.released"
    with pytest.raises(StaleState):
        release(actor=cast.reviewer, review=held)


def test_nobody_releases_anothers_claim(cast: Cast, held: Review) -> None:
    with pytest.raises(StaleState):
        release(actor=cast.second_reviewer, review=held)
    with pytest.raises(PermissionDenied):
        release(actor=cast.marketer, review=held)
    assert Review.objects.get(pk=held.pk).claimed_by == cast.reviewer


def test_renewing_says_whether_the_claim_is_still_ones_own(cast: Cast, held: Review) -> None:
    expire(held)
    assert renew(actor=cast.reviewer, review=held)
    assert not renew(actor=cast.second_reviewer, review=held)
    release(actor=cast.reviewer, review=Review.objects.get(pk=held.pk))
    assert not renew(actor=cast.reviewer, review=held)


def test_the_sweep_gives_back_expired_claims_alone(cast: Cast, held: Review, draft: Draft) -> None:
    fresh = make_review(make_draft(draft.brief, "Another tea."), claimed_by=cast.second_reviewer)
    assert release_expired() == 0
    expire(held)
    assert release_expired() == 1
    held.refresh_from_db()
    assert (held.status, held.claimed_by) == ("PENDING", None)
    assert AuditEvent.objects.about(held)[0].actor is None
    assert actions(held)[-1] == "review.claim_expired"
    assert Review.objects.get(pk=fresh.pk).claimed_by == cast.second_reviewer


def test_what_somebody_holds_who_does_not_review_any_more_returns(cast: Cast, held: Review, draft: Draft) -> None:
    kept = make_review(make_draft(draft.brief, "Another tea."), claimed_by=cast.second_reviewer)
    also_reviewer(cast.reviewer, cast.other_team)
    assert release_former_reviewers() == 0
    Membership.objects.filter(user=cast.reviewer, team=cast.team, role=Role.REVIEWER).delete()
    Membership.objects.create(user=cast.reviewer, team=cast.team, role=Role.LEAD)
    with pytest.raises(PermissionDenied):
        approve(actor=User.objects.get(pk=cast.reviewer.pk), review=held, sha256=held.draft.sha256)
    assert release_former_reviewers() == 1
    held.refresh_from_db()
    assert (held.status, held.claimed_by, held.claimed_at, held.claimed_until) == ("PENDING", None, None, None)
    event = AuditEvent.objects.about(held)[0]
    assert (event.action, event.actor) == ("review.claim_ended", None)
    assert claim_next(actor=cast.third_reviewer) == held
    assert Review.objects.get(pk=kept.pk).claimed_by == cast.second_reviewer


def test_a_claim_that_ran_out_but_was_not_swept_still_decides(cast: Cast, held: Review) -> None:
    expire(held)
    approve(actor=cast.reviewer, review=held, sha256=held.draft.sha256)
    assert release_expired() == 0
    assert held.status == "APPROVED"


def test_what_is_decided_is_not_taken(cast: Cast, held: Review, draft: Draft) -> None:
    approve(actor=cast.reviewer, review=held, sha256=draft.sha256)
    for person in (cast.reviewer, cast.second_reviewer):
        with pytest.raises(StaleState):
            claim(actor=person, review=held)
