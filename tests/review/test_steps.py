"""Policies at work: several reviewers, steps, groups, disagreement, corrections on the way."""

from __future__ import annotations

from typing import Any

import pytest

from aigc_portal.accounts.models import User
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.transitions import StaleState
from aigc_portal.problems import Refused
from generation.models import Draft
from review.actions import submission
from review.actions.claims import claim, claim_next
from review.actions.decisions import approve, reject
from review.actions.verdicts import Verdict
from review.models import Feedback, PolicyStep, Review
from tests.cast import Cast, make_user
from tests.factories import make_draft, make_group, make_policy, make_reason, make_review
from tests.review.judging import asked, judge

UNANIMOUS = PolicyStep.Rule.UNANIMOUS


@pytest.fixture(autouse=True)
def _reasons(cast: Cast) -> None:
    make_reason(cast.team)


def under(cast: Cast, draft: Draft, *steps: dict[str, Any], **rules: Any) -> Review:
    """The draft, submitted under a policy of these steps."""
    make_policy(cast.team, *steps, **rules)
    return make_review(draft)


def reviewers(cast: Cast, count: int) -> list[User]:
    more = [make_user(f"reviewer {number}", cast.team, "reviewer") for number in range(4, count + 1)]
    return [cast.reviewer, cast.second_reviewer, cast.third_reviewer, *more][:count]


def actions(review: Review) -> list[str]:
    return [event.action for event in AuditEvent.objects.about(review).order_by("id")]


@pytest.mark.parametrize(
    ("step", "verdicts", "outcome"),
    [
        ({"reviewers": 2}, ["APPROVED"], ("PENDING", 1, False)),
        ({"reviewers": 2}, ["APPROVED", "APPROVED"], ("APPROVED", 1, False)),
        ({"reviewers": 2}, ["APPROVED", "REJECTED"], ("PENDING", 1, True)),
        ({"reviewers": 3}, ["APPROVED", "APPROVED"], ("APPROVED", 1, False)),
        ({"reviewers": 3}, ["APPROVED", "REJECTED"], ("PENDING", 1, False)),
        ({"reviewers": 3}, ["APPROVED", "REJECTED", "REJECTED"], ("REJECTED", 1, False)),
        ({"reviewers": 3}, ["APPROVED", "REJECTED", "CHANGES_REQUESTED"], ("PENDING", 1, True)),
        ({"reviewers": 3}, ["CHANGES_REQUESTED", "CHANGES_REQUESTED"], ("CHANGES_REQUESTED", 1, False)),
        ({"reviewers": 3, "rule": UNANIMOUS}, ["APPROVED", "APPROVED"], ("PENDING", 1, False)),
        ({"reviewers": 3, "rule": UNANIMOUS}, ["APPROVED", "REJECTED"], ("PENDING", 1, True)),
        ({"reviewers": 3, "rule": UNANIMOUS}, ["REJECTED"] * 3, ("REJECTED", 1, False)),
        ({"reviewers": 5}, ["REJECTED", "APPROVED", "REJECTED", "APPROVED", "APPROVED"], ("APPROVED", 1, False)),
        ({"reviewers": 5}, ["REJECTED", "APPROVED", "CHANGES_REQUESTED", "APPROVED"], ("PENDING", 1, False)),
        ({"reviewers": 5}, ["REJECTED", "APPROVED", "CHANGES_REQUESTED", "REJECTED", "APPROVED"], ("PENDING", 1, True)),
    ],
)
def test_verdicts_at_one_step(
    cast: Cast, draft: Draft, step: dict[str, Any], verdicts: list[str], outcome: tuple[str, int, bool]
) -> None:
    review = under(cast, draft, step)
    for person, verdict in zip(reviewers(cast, 5), verdicts, strict=False):
        judge(review, person, verdict)
    assert asked(review) == outcome
    review.refresh_from_db()
    assert [said.verdict for said in review.feedback.all()] == verdicts
    assert actions(review).count("review.judged") == len(verdicts) - review.is_decided
    last = review.deciding_feedback
    assert (last is not None) == review.is_decided
    if last is not None:
        assert (last.verdict, last.reviewer) == (review.status, review.decided_by)


def test_a_verdict_that_settles_nothing_puts_the_review_back_for_somebody_else(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, {"reviewers": 2})
    said = judge(review, cast.reviewer)
    assert (review.status, review.claimed_by, review.claimed_at, review.claimed_until) == ("PENDING", None, None, None)
    assert review.barred == sorted([cast.marketer.pk, cast.reviewer.pk])
    event = AuditEvent.objects.about(review)[0]
    assert (event.action, event.actor) == ("review.judged", cast.reviewer)
    assert event.data == {
        "before": {"status": "IN_REVIEW"},
        "after": {"status": "PENDING"},
        "verdict": "APPROVED",
        "step": said.step,
        "sha256": draft.sha256,
        "corrected": False,
        "reasons": [],
        "next_step": 1,
        "disputed": False,
    }
    assert claim_next(actor=cast.reviewer) is None
    assert claim_next(actor=cast.second_reviewer) == review


def test_who_has_judged_a_text_does_not_take_it_again(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, {"reviewers": 2}, {})
    judge(review, cast.reviewer)
    with pytest.raises(Refused, match="judged_already"):
        claim(actor=cast.reviewer, review=review)
    judge(review, cast.second_reviewer)
    assert asked(review) == ("PENDING", 2, False)
    for judged in (cast.reviewer, cast.second_reviewer):
        with pytest.raises(Refused, match="judged_already"):
            claim(actor=judged, review=Review.objects.get(pk=review.pk))
    judge(review, cast.third_reviewer)
    assert review.status == "APPROVED"


def test_a_page_from_before_ones_own_verdict_does_not_take_it_again(cast: Cast, draft: Draft) -> None:
    """Two tabs: in one the review waits as it did before; in the other it was judged and waits for somebody else."""
    review = under(cast, draft, {"reviewers": 2})
    before = Review.objects.get(pk=review.pk)
    judge(review, cast.reviewer)
    with pytest.raises(StaleState):
        claim(actor=cast.reviewer, review=before)
    assert asked(review) == ("PENDING", 1, False)


def test_a_page_from_before_the_review_asked_another_group_does_not_take_it(cast: Cast, draft: Draft) -> None:
    legal = make_group(cast.team, "Legal", cast.third_reviewer)
    review = under(cast, draft, {}, {"group": legal})
    before = Review.objects.get(pk=review.pk)
    judge(review, cast.reviewer)
    with pytest.raises(StaleState):
        claim(actor=cast.second_reviewer, review=before)


def test_steps_follow_each_other_and_each_asks_its_group(cast: Cast, draft: Draft) -> None:
    editors = make_group(cast.team, "Editors", cast.reviewer)
    legal = make_group(cast.team, "Legal", cast.second_reviewer)
    review = under(cast, draft, {"group": editors}, {"group": legal}, {})
    for position, (person, group) in enumerate(((cast.reviewer, editors), (cast.second_reviewer, legal)), start=1):
        assert (review.step, review.group) == (position, group)
        for other in {cast.reviewer, cast.second_reviewer, cast.third_reviewer} - {person}:
            assert claim_next(actor=other) is None
            with pytest.raises(Refused) as caught:
                claim(actor=other, review=Review.objects.get(pk=review.pk))
            assert caught.value.code in ("not_asked", "judged_already")
        judge(review, person)
        assert review.status == "PENDING"
    assert (review.step, review.group) == (3, None)
    judge(review, cast.third_reviewer)
    assert (review.status, review.approved_draft, review.decided_by) == ("APPROVED", draft, cast.third_reviewer)
    assert [(said.step, said.reviewer) for said in review.feedback.all()] == [
        (1, cast.reviewer),
        (2, cast.second_reviewer),
        (3, cast.third_reviewer),
    ]


def test_a_refusal_at_any_step_ends_the_review(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, {}, {}, {})
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "CHANGES_REQUESTED")
    assert (review.status, review.step, review.approved_draft) == ("CHANGES_REQUESTED", 2, None)


def test_belonging_to_a_group_is_not_the_role(cast: Cast, draft: Draft) -> None:
    legal = make_group(cast.team, "Legal", cast.auditor, cast.lead)
    review = under(cast, draft, {"group": legal})
    for person in (cast.auditor, cast.lead):
        assert claim_next(actor=person) is None
        with pytest.raises(Exception, match=r".*") as caught:
            claim(actor=person, review=review)
        assert type(caught.value).__name__ == "PermissionDenied"


@pytest.mark.parametrize("verdict", ["APPROVED", "CHANGES_REQUESTED", "REJECTED"])
def test_an_adjudicator_decides_a_dispute_alone(cast: Cast, draft: Draft, verdict: str) -> None:
    heads = make_group(cast.team, "Heads", cast.third_reviewer)
    editors = make_group(cast.team, "Editors", cast.reviewer, cast.second_reviewer, cast.third_reviewer)
    review = under(cast, draft, {"reviewers": 2, "group": editors}, adjudicators=heads)
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
    review = under(cast, draft, {"reviewers": 2, "group": editors})
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
    review = under(cast, draft, {"reviewers": 2}, {}, adjudicators=heads)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    judge(review, cast.third_reviewer)
    assert (asked(review), review.group) == (("PENDING", 2, False), None)
    last = judge(review, make_user("fourth", cast.team, "reviewer"))
    assert (last.kind, review.status) == (Feedback.Kind.REVIEW, "APPROVED")


def test_a_correction_voids_earlier_approvals_and_reopens_the_first_step(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, {}, {"reviewers": 2}, {})
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
    review = under(cast, draft, {}, {})
    judge(review, cast.reviewer, text="A fresh spring tea from Wuyi.")
    claim(actor=cast.second_reviewer, review=review)
    with pytest.raises(Refused, match="other_text"):
        approve(actor=cast.second_reviewer, review=review, sha256=draft.sha256)
    with pytest.raises(Refused, match="other_text"):
        reject(actor=cast.second_reviewer, review=review, sha256=draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    assert review.feedback.count() == 1


def test_a_correction_of_a_correction(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, {}, {})
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
    review = under(cast, draft, {"reviewers": 3})
    judge(review, cast.reviewer, "REJECTED")
    judge(review, cast.second_reviewer, text="Better.")
    assert asked(review) == ("PENDING", 1, False)
    judge(review, cast.reviewer)
    assert review.status == "APPROVED"


def test_an_adjudicators_correction_decides_the_step(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, {"reviewers": 2}, {})
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    judge(review, cast.third_reviewer, text="Better.")
    assert asked(review) == ("PENDING", 2, False)
    judge(review, cast.reviewer)
    assert (review.status, review.current_draft.text) == ("APPROVED", "Better.")


def test_a_correction_is_confirmed_by_somebody_else_where_the_policy_says_so(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, confirm_corrections=True)
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
    review = under(cast, draft, confirm_corrections=True)
    judge(review, cast.reviewer)
    assert review.status == "APPROVED"


def test_an_adjudicators_correction_is_confirmed_too(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, {"reviewers": 2}, confirm_corrections=True)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    judge(review, cast.third_reviewer, text="Better.")
    assert asked(review) == ("PENDING", 1, False)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer)
    assert review.status == "APPROVED"


def test_a_share_of_reviews_gets_a_second_opinion(cast: Cast, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    make_policy(cast.team, {}, {}, second_opinion_percent=25)
    drawn = iter([0.26, 0.24])
    monkeypatch.setattr(submission, "random", lambda: next(drawn))
    assert not make_review(make_draft(draft.brief, "Another tea.")).second_opinion
    review = make_review(draft)
    assert review.second_opinion
    judge(review, cast.reviewer)
    assert asked(review) == ("PENDING", 1, False)
    judge(review, cast.second_reviewer)
    assert asked(review) == ("PENDING", 2, False), "the second step wants one reviewer, as ever"
    judge(review, cast.third_reviewer)
    assert review.status == "APPROVED"


def test_a_second_opinion_that_differs_is_a_dispute(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, second_opinion_percent=100)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    assert asked(review) == ("PENDING", 1, True)


def test_the_facts_are_checked_where_the_policy_says_so(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, fact_check=True)
    claim(actor=cast.reviewer, review=review)
    with pytest.raises(Refused) as caught:
        approve(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=Verdict(comment="Fine."))
    assert (caught.value.code, caught.value.status) == ("facts_unchecked", 400)
    assert (review.status, Feedback.objects.count()) == ("IN_REVIEW", 0)
    said = approve(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=Verdict(facts_checked=True))
    assert said.facts_checked


def test_a_correction_without_the_fact_check_leaves_no_draft_behind(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, fact_check=True)
    claim(actor=cast.reviewer, review=review)
    with pytest.raises(Refused, match="facts_unchecked"):
        approve(actor=cast.reviewer, review=review, sha256=draft.sha256, corrected_text="Better.")
    assert Draft.objects.count() == 1


def test_a_refusal_needs_no_fact_check(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, fact_check=True)
    claim(actor=cast.reviewer, review=review)
    reject(actor=cast.reviewer, review=review, sha256=draft.sha256, verdict=Verdict(reasons=["inaccurate"]))
    assert review.status == "REJECTED"


def test_what_was_assigned_is_taken_by_that_person_alone_and_first(cast: Cast, draft: Draft) -> None:
    first = make_review(draft)
    mine = make_review(make_draft(draft.brief, "Another tea."))
    Review.objects.filter(pk=mine.pk).update(assigned_to=cast.reviewer, priority=4)
    assert claim_next(actor=cast.second_reviewer) == first
    assert claim_next(actor=cast.second_reviewer) is None
    with pytest.raises(Refused, match="assigned_to_other"):
        claim(actor=cast.second_reviewer, review=Review.objects.get(pk=mine.pk))
    third = make_review(make_draft(draft.brief, "A third tea."))
    assert claim_next(actor=cast.reviewer) == mine
    assert claim_next(actor=cast.reviewer) == third


def test_the_next_person_is_not_the_one_it_was_assigned_to(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, {"reviewers": 2})
    Review.objects.filter(pk=review.pk).update(assigned_to=cast.reviewer)
    judge(review, cast.reviewer)
    assert review.assigned_to is None
    assert claim_next(actor=cast.second_reviewer) == review


def test_a_review_keeps_the_policy_that_it_was_submitted_under(cast: Cast, draft: Draft) -> None:
    review = under(cast, draft, {"reviewers": 2})
    make_policy(cast.team)
    judge(review, cast.reviewer)
    assert asked(review) == ("PENDING", 1, False)
    newer = make_review(make_draft(draft.brief, "Another tea."))
    judge(newer, cast.reviewer)
    assert newer.status == "APPROVED"


def test_another_teams_policy_counts_for_nobody_here(cast: Cast, draft: Draft) -> None:
    make_policy(cast.other_team, {"reviewers": 5})
    review = make_review(draft)
    assert (review.policy.team, review.policy.number) == (cast.team, 1)
    judge(review, cast.reviewer)
    assert review.status == "APPROVED"
