"""Real threads on committed rows: nobody wins twice."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from aigc_portal.accounts.models import User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions.claims import claim, claim_next
from review.actions.decisions import approve, reject
from review.actions.submission import submit_for_review
from review.actions.undo import undo_verdict
from review.actions.verdicts import Verdict
from review.models import Feedback, Review, ReviewPolicy
from tests.at_once import at_once
from tests.cast import Cast, make_user
from tests.factories import make_brief, make_draft, make_policy, make_reason, make_review
from tests.review.judging import judge

WHY = Verdict(reasons=["inaccurate"])
pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_opposite_decisions_one_wins(cast: Cast) -> None:
    make_reason(cast.team)
    brief = make_brief(cast.marketer, cast.team)
    winners: Counter[str] = Counter()
    for pair in range(20):
        draft = make_draft(brief, f"Tea number {pair}.")
        review = make_review(draft, claimed_by=cast.reviewer)
        one, other = Review.objects.get(pk=review.pk), Review.objects.get(pk=review.pk)
        corrected = "Better tea." if pair % 2 else None
        results = at_once(
            partial(approve, actor=cast.reviewer, review=one, sha256=draft.sha256, corrected_text=corrected),
            partial(reject, actor=cast.reviewer, review=other, sha256=draft.sha256, verdict=WHY),
        )
        lost = [result for result in results if isinstance(result, StaleState)]
        assert sorted(type(result).__name__ for result in results) == ["Feedback", "StaleState"], results
        review.refresh_from_db()
        assert lost[0].obj.status == review.status, "the loser is told the winner's decision"
        winners[review.status] += 1
        decided = AuditEvent.objects.about(review).filter(action__in=["review.approved", "review.rejected"])
        assert decided.count() == Feedback.objects.filter(review=review).count() == 1
        assert Feedback.objects.get(review=review).verdict == review.status
        assert draft.children.count() == (1 if review.was_corrected else 0)
    assert winners.total() == 20


def test_eight_reviewers_share_forty_reviews_without_a_double(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    reviews = [make_review(make_draft(brief, f"Tea number {number}.")) for number in range(40)]
    people = [make_user(f"reviewer {number}", cast.team, "reviewer") for number in range(8)]

    def take_all(person: User) -> list[int]:
        taken = []
        while review := claim_next(actor=person):
            taken.append(review.pk)
        return taken

    results = at_once(*(partial(take_all, person) for person in people))
    taken = [pk for result in results for pk in result]
    assert sorted(taken) == [review.pk for review in reviews]
    for person, mine in zip(people, results, strict=True):
        assert set(Review.objects.claimed_by(person).values_list("pk", flat=True)) == set(mine)
    assert AuditEvent.objects.filter(action="review.in_review").count() == 40


def test_two_who_take_the_same_one(cast: Cast) -> None:
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)))
    copies = [Review.objects.get(pk=review.pk) for _ in range(2)]
    results = at_once(
        partial(claim, actor=cast.reviewer, review=copies[0]),
        partial(claim, actor=cast.second_reviewer, review=copies[1]),
    )
    assert Counter(map(type, results)) == Counter([type(None), StaleState])
    assert AuditEvent.objects.filter(action="review.in_review").count() == 1


def test_a_draft_submitted_twice_at_once_has_one_open_review(cast: Cast) -> None:
    draft: Draft = make_draft(make_brief(cast.marketer, cast.team))
    results = at_once(
        partial(submit_for_review, actor=cast.marketer, draft=draft),
        partial(submit_for_review, actor=cast.second_marketer, draft=draft),
    )
    assert Counter(map(type, results)) == Counter([Review, Refused])
    assert Review.objects.count() == 1
    assert AuditEvent.objects.filter(action="review.submitted").count() == 1


@pytest.mark.parametrize("same", [False, True])
def test_two_posts_at_once(cast: Cast, same: bool) -> None:
    """Opposite decisions: one goes on, one gets 409 with the winner's. A double click: both go on, one decision."""
    make_reason(cast.team)
    brief = make_brief(cast.marketer, cast.team)
    clients = [cast.client("reviewer"), cast.client("reviewer")]
    for pair in range(5):
        review = make_review(make_draft(brief, f"Tea number {pair}."), claimed_by=cast.reviewer)
        form = {"sha256": review.draft.sha256, "reasons": ["inaccurate"], "comment": "Typed at length."}
        acts = ["reject", "reject"] if same else ["approve", "reject"]
        keys = ["k", "k"] if same else ["k0", "k1"]
        answers = at_once(
            *(
                partial(client.post, f"/reviews/{review.pk}/{act}/", form | {"idempotency_key": f"{key}-{review.pk}"})
                for client, act, key in zip(clients, acts, keys, strict=True)
            )
        )
        assert sorted(answer.status_code for answer in answers) == ([302, 302] if same else [302, 409])
        review.refresh_from_db()
        assert Feedback.objects.filter(review=review).count() == 1
        for answer in answers:
            if answer.status_code == 409:
                text = answer.content.decode()
                assert f"status-{review.status.lower()}" in text
                assert "Typed at length." in text


def test_a_verdict_is_taken_back_or_somebody_else_has_the_review(cast: Cast) -> None:
    make_policy(cast.team, {"reviewers": 2})
    brief = make_brief(cast.marketer, cast.team)
    for number in range(5):
        review = make_review(make_draft(brief, f"Tea number {number}."))
        said = judge(review, cast.reviewer)
        copy = Review.objects.get(pk=review.pk)
        results = at_once(
            partial(undo_verdict, actor=cast.reviewer, feedback=said),
            partial(claim, actor=cast.second_reviewer, review=copy),
        )
        assert sum(isinstance(result, StaleState) for result in results) == 1, results
        review.refresh_from_db()
        undone = isinstance(results[0], Review)
        assert review.claimed_by == (cast.reviewer if undone else cast.second_reviewer)
        assert review.feedback.standing().count() == (0 if undone else 1)


def test_a_verdict_taken_back_twice_at_once_is_taken_back_once(cast: Cast) -> None:
    review = make_review(make_draft(make_brief(cast.marketer, cast.team)))
    said = judge(review, cast.reviewer)
    results = at_once(*(partial(undo_verdict, actor=cast.reviewer, feedback=said) for _ in range(2)))
    assert Counter(map(type, results)) == Counter([Review, StaleState])
    assert AuditEvent.objects.filter(action="review.undone").count() == 1


def test_a_first_policy_made_by_two_at_once_is_one(cast: Cast) -> None:
    brief = make_brief(cast.marketer, cast.team)
    drafts = [make_draft(brief, f"Tea number {number}.") for number in range(2)]
    results = at_once(*(partial(submit_for_review, actor=cast.marketer, draft=draft) for draft in drafts))
    assert [type(result) for result in results] == [Review, Review]
    assert {review.policy_id for review in results} == {ReviewPolicy.objects.get().pk}
