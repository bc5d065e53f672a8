"""Who is told of what happens to a review, and who is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from aigc_portal.accounts.models import Membership, User
from aigc_portal.notices.models import Notice
from aigc_portal.problems import Refused
from review.actions.claims import release_expired, release_former_reviewers
from review.actions.decisions import approve
from review.actions.submission import submit_for_review
from review.actions.undo import undo_verdict
from review.models import GoldItem, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_group, make_policy, make_review
from tests.review.judging import judge

pytestmark = pytest.mark.usefixtures("reason")


def told(kind: str) -> set[User]:
    return {notice.user for notice in Notice.objects.filter(kind=kind).select_related("user")}


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        ("APPROVED", "review.approved"),
        ("CHANGES_REQUESTED", "review.changes_requested"),
        ("REJECTED", "review.rejected"),
    ],
)
def test_the_author_is_told_of_the_decision(cast: Cast, waiting: Review, verdict: str, kind: str) -> None:
    judge(waiting, cast.reviewer, verdict)
    notice = Notice.objects.get()
    assert (notice.kind, notice.user, notice.actor, notice.team) == (kind, cast.marketer, cast.reviewer, cast.team)
    assert (notice.url, notice.params) == (f"/reviews/{waiting.pk}/", {"title": "Spring tea", "language": "en"})


def test_whoever_submitted_the_text_is_told_too(cast: Cast) -> None:
    draft = make_draft(make_brief(cast.marketer, cast.team))
    judge(submit_for_review(actor=cast.second_marketer, draft=draft), cast.reviewer)
    assert told("review.approved") == {cast.marketer, cast.second_marketer}


def test_a_decision_is_told_when_it_cannot_be_taken_back_any_more(cast: Cast, waiting: Review) -> None:
    judge(waiting, cast.reviewer)
    soon = Notice.objects.filter(due_at__gt=Now() + timedelta(seconds=9), due_at__lt=Now() + timedelta(seconds=13))
    assert soon.exists()


def test_nobody_hears_of_a_decision_that_was_taken_back(cast: Cast, waiting: Review) -> None:
    undo_verdict(actor=cast.reviewer, feedback=judge(waiting, cast.reviewer))
    assert not Notice.objects.exists()
    judge(waiting, cast.reviewer, "REJECTED")
    assert told("review.rejected") == {cast.marketer}


def test_a_verdict_that_decides_nothing_is_told_to_nobody(cast: Cast) -> None:
    make_policy(cast.team, {"reviewers": 2})
    judge(make_review(make_draft(make_brief(cast.marketer, cast.team))), cast.reviewer)
    assert not Notice.objects.exists()


def test_of_a_dispute_those_are_told_who_may_decide_it(cast: Cast) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)))
    judge(review, cast.reviewer)
    last = judge(review, cast.second_reviewer, "REJECTED")
    assert told("review.disputed") == {cast.third_reviewer}
    undo_verdict(actor=cast.second_reviewer, feedback=last)
    assert not Notice.objects.exists()


def test_adjudicators_are_told_where_the_policy_names_them(cast: Cast) -> None:
    Membership.objects.create(user=cast.lead, team=cast.team, role="reviewer")
    group = make_group(cast.team, "Judges", cast.lead, cast.reviewer, cast.auditor)
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, adjudicators=group)
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)))
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    assert told("review.disputed") == {cast.lead}


def test_a_blind_policy_names_no_reviewer(cast: Cast) -> None:
    make_policy(cast.team, blind=True)
    judge(make_review(make_draft(make_brief(cast.marketer, cast.team))), cast.reviewer)
    notice = Notice.objects.get()
    assert (notice.user, notice.actor, notice.actor_name) == (cast.marketer, None, "")


def test_nobody_hears_of_a_text_with_a_known_answer(cast: Cast, waiting: Review) -> None:
    item = GoldItem.objects.create(
        team=cast.team, draft=waiting.draft, verdict="REJECTED", explanation="Claims.", created_by=cast.lead
    )
    gold = Review.for_reviewers.create(
        team=cast.team,
        draft=waiting.draft,
        current_draft=waiting.draft,
        policy=waiting.policy,
        submitted_by=cast.marketer,
        gold=item,
        assigned_to=cast.reviewer,
        due_at=Now(),
    )
    judge(Review.for_reviewers.get(pk=gold.pk), cast.reviewer)
    assert not Notice.objects.exists()


def test_the_holder_is_told_that_the_claim_ran_out(cast: Cast, held: Review) -> None:
    Review.objects.update(claimed_until=Now() - timedelta(seconds=1))
    assert release_expired() == 1
    notice = Notice.objects.get()
    assert (notice.kind, notice.user, notice.actor) == ("review.claim_lost", cast.reviewer, None)


def test_the_holder_is_told_when_the_role_ended(cast: Cast, held: Review) -> None:
    Membership.objects.filter(user=cast.reviewer).delete()
    assert release_former_reviewers() == 1
    assert told("review.claim_lost") == {cast.reviewer}


def test_a_refused_verdict_tells_nobody(cast: Cast, held: Review, reason: ReasonCode) -> None:
    with pytest.raises(Refused):
        approve(actor=cast.reviewer, review=held, sha256="0" * 64)
    assert not Notice.objects.exists()
