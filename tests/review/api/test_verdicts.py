"""What the API tells of several reviewers, and to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import User
from aigc_portal.audit.models import AuditEvent
from review.models import Feedback, GoldItem, Review
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import (
    make_brief,
    make_draft,
    make_group,
    make_policy,
    make_reason,
    make_review,
    without_triggers,
)
from tests.review.judging import judge


def new_review(cast: Cast, text: str = "A fresh spring tea.") -> Review:
    return make_review(make_draft(make_brief(cast.marketer, cast.team), text))


def seen(user: User, review: Review) -> Any:
    return Api(user).get(f"reviews/{review.pk}/").json()


def test_steps_groups_and_due_date_are_told(cast: Cast) -> None:
    make_policy(cast.team, {}, {"name": "Legal", "group": make_group(cast.team, "Lawyers", cast.second_reviewer)})
    review = new_review(cast)
    told = seen(cast.marketer, review)
    assert (told["step"], told["steps"], told["group"], told["disputed"]) == (1, 2, None, False)
    assert (told["priority"], told["assigned_to"], told["break_glass"]) == (3, None, False)
    assert told["due_at"] > told["submitted_at"]
    judge(review, cast.reviewer, text="A corrected tea.")
    told = seen(cast.second_reviewer, review)
    assert (told["step"], told["group"]["name"], told["status"]) == (2, "Lawyers", "PENDING")
    assert told["draft"]["text"] == "A fresh spring tea."
    assert told["current_draft"]["text"] == "A corrected tea."
    assert told["current_draft"]["author"]["name"] == "Reviewer"
    assert told["feedback"] is None
    (verdict,) = told["verdicts"]
    assert (verdict["reviewer"]["id"], verdict["step"], verdict["verdict"]) == (cast.reviewer.pk, 1, "APPROVED")
    assert (verdict["draft"], verdict["approved_draft"]) == (review.draft_id, told["current_draft"]["id"])
    assert "second_opinion" not in told


def test_the_deciding_verdict_is_the_feedback_and_all_are_listed(cast: Cast) -> None:
    make_reason(cast.team)
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    review = new_review(cast)
    judge(review, cast.reviewer)
    judge(review, cast.second_reviewer, "REJECTED")
    assert seen(cast.third_reviewer, review)["disputed"] is True
    judge(review, cast.third_reviewer, "REJECTED")
    told = seen(cast.marketer, review)
    assert told["status"] == "REJECTED"
    assert told["feedback"]["comment"] == "Not yet."
    assert [verdict["kind"] for verdict in told["verdicts"]] == ["review", "review", "adjudication"]


def test_a_blind_policy_hides_verdicts_and_correctors_from_reviewers(cast: Cast) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, blind=True)
    review = new_review(cast)
    judge(review, cast.reviewer, text="A corrected tea.")
    told = seen(cast.second_reviewer, review)
    assert told["verdicts"] == []
    assert told["current_draft"]["text"] == "A corrected tea."
    assert told["current_draft"]["author"] is None
    assert len(seen(cast.reviewer, review)["verdicts"]) == 1, "one's own"
    assert len(seen(cast.auditor, review)["verdicts"]) == 1
    assert seen(cast.marketer, review)["verdicts"] == []
    judge(review, cast.second_reviewer)
    assert len(seen(cast.second_reviewer, review)["verdicts"]) == 2


def test_facts_are_checked_where_the_policy_asks_for_it(cast: Cast) -> None:
    make_policy(cast.team, fact_check=True)
    review = new_review(cast)
    caller = Api(cast.reviewer)
    caller.post(f"reviews/{review.pk}/claim/")
    said = {"sha256": review.draft.sha256}
    refused = caller.post(f"reviews/{review.pk}/approve/", said)
    assert (refused.status_code, refused.json()["code"]) == (400, "facts_unchecked")
    approved = caller.post(f"reviews/{review.pk}/approve/", said | {"facts_checked": True}).json()
    assert approved["status"] == "APPROVED"
    assert approved["verdicts"][0]["facts_checked"] is True


def test_a_verdict_is_taken_back(cast: Cast) -> None:
    review = new_review(cast)
    caller = Api(cast.reviewer)
    caller.post(f"reviews/{review.pk}/claim/")
    caller.post(f"reviews/{review.pk}/approve/", {"sha256": review.draft.sha256})
    other = Api(cast.second_reviewer).post(f"reviews/{review.pk}/undo/")
    assert (other.status_code, other.json()["code"]) == (409, "nothing_to_undo")
    answer = caller.post(f"reviews/{review.pk}/undo/", Idempotency_Key="undo-1")
    assert answer.status_code == 200
    undone = answer.json()
    assert (undone["status"], undone["claimed_by"]["id"]) == ("IN_REVIEW", cast.reviewer.pk)
    assert (undone["feedback"], undone["verdicts"]) == (None, [])
    assert caller.post(f"reviews/{review.pk}/undo/", Idempotency_Key="undo-1").json() == undone
    assert AuditEvent.objects.about(review).filter(action="review.undone", actor=cast.reviewer).count() == 1
    assert caller.post(f"reviews/{review.pk}/undo/").status_code == 409


def test_after_ten_seconds_a_verdict_stands(cast: Cast) -> None:
    review = new_review(cast)
    judge(review, cast.reviewer)
    with without_triggers():
        Feedback.objects.update(given_at=Now() - timedelta(minutes=1))
    answer = Api(cast.reviewer).post(f"reviews/{review.pk}/undo/")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_late_to_undo")


def test_why_the_glass_was_broken_is_for_leads_and_auditors(cast: Cast) -> None:
    review = new_review(cast)
    judge(review, cast.reviewer)
    with without_triggers():
        Review.objects.update(break_glass="The shop opens in an hour.")
    for who, reason in (("lead", "The shop opens in an hour."), ("auditor", "The shop opens in an hour.")):
        assert seen(getattr(cast, who), review)["break_glass_reason"] == reason
    for who in ("marketer", "reviewer", "engineer"):
        told = seen(getattr(cast, who), review)
        assert (told["break_glass"], told["break_glass_reason"]) == (True, None)


@pytest.fixture
def gold(cast: Cast) -> Review:
    """A text with a known answer, in the reviewer's hands."""
    decided = new_review(cast)
    judge(decided, cast.second_reviewer)
    item = GoldItem.objects.create(
        team=cast.team, draft=decided.draft, verdict="REJECTED", explanation="Claims.", created_by=cast.lead
    )
    fields = {"team": cast.team, "draft": decided.draft, "current_draft": decided.draft, "policy": decided.policy}
    gold = Review.for_reviewers.create(
        **fields, submitted_by=cast.marketer, gold=item, assigned_to=cast.reviewer, due_at=Now()
    )
    gold.refresh_from_db()
    return gold


def test_a_text_with_a_known_answer_looks_like_any_other_to_its_reviewer(cast: Cast, gold: Review) -> None:
    caller = Api(cast.reviewer)
    other = new_review(cast, "Another.")
    told, plain = seen(cast.reviewer, gold), seen(cast.reviewer, other)
    assert {name for name in told if "gold" in name} == set()
    assert (told.keys(), told["assigned_to"], told["submitted_by"]) == (plain.keys(), None, plain["submitted_by"])
    assert gold.pk in [row["id"] for row in caller.get("reviews/").json()["results"]]
    for review in (gold, other):  # nobody gives back what does not look assigned
        answer = caller.send("PATCH", f"reviews/{review.pk}/", {"assigned_to": None})
        assert answer.status_code == 403
    assert caller.post(f"reviews/{gold.pk}/claim/").status_code == 200
    decided = caller.post(f"reviews/{gold.pk}/approve/", {"sha256": gold.draft.sha256}).json()
    assert (decided["status"], len(decided["verdicts"])) == ("APPROVED", 1)


@pytest.mark.parametrize("who", ["second_reviewer", "marketer", "lead", "auditor", "engineer", "admin"])
def test_a_text_with_a_known_answer_is_there_for_nobody_else(cast: Cast, gold: Review, who: str) -> None:
    caller = Api(getattr(cast, who))
    assert caller.get(f"reviews/{gold.pk}/").status_code == 404
    assert gold.pk not in [row["id"] for row in caller.get("reviews/").json()["results"]]
    for act in ("claim", "renew", "release", "undo", "withdraw"):
        assert caller.post(f"reviews/{gold.pk}/{act}/").status_code == 404


def test_filters(cast: Cast) -> None:
    late, urgent, assigned = (new_review(cast, text) for text in ("Late.", "Urgent.", "Assigned."))
    Review.objects.filter(pk=late.pk).update(due_at=Now() - timedelta(hours=1), disputed=True)
    Review.objects.filter(pk=urgent.pk).update(priority=1)
    Review.objects.filter(pk=assigned.pk).update(assigned_to=cast.reviewer)

    def found(**query: Any) -> set[int]:
        return {row["id"] for row in Api(cast.lead).get("reviews/", **query).json()["results"]}

    assert found(overdue="true") == found(disputed="true") == {late.pk}
    assert found(overdue="false") == {urgent.pk, assigned.pk}
    assert found(priority=1) == {urgent.pk}
    assert found(assigned_to=cast.reviewer.pk) == {assigned.pk}
    assert found(prompt=late.draft.brief.prompt_version.prompt_id) == {late.pk, urgent.pk, assigned.pk}
    assert found(model=10**6) == set()
    assert Api(cast.lead).get("reviews/", priority=9).status_code == 400
    judge(late, cast.reviewer)
    assert found(overdue="true") == set(), "what is decided is not overdue"


def test_words_are_found_in_both_languages(cast: Cast) -> None:
    tea, cup = new_review(cast, "Picked in April."), new_review(cast, "港湾随行杯，保温六小时。")

    def found(words: str) -> set[int]:
        return {row["id"] for row in Api(cast.marketer).get("reviews/", q=words).json()["results"]}

    assert found("picking april") == {tea.pk}
    assert found("随行") == found("随行杯") == {cup.pk}
    assert found("spring") == {tea.pk, cup.pk}, "the title"
    assert found("随行 april") == set()
    assert found("!?") == set(), "nothing to search by"
    assert Api(cast.outsider).get("reviews/", q="april").json()["results"] == []


def test_the_count_of_queries_does_not_depend_on_the_verdicts(cast: Cast) -> None:
    make_policy(cast.team, {"group": make_group(cast.team, "Editors", cast.reviewer)}, {"reviewers": 2}, blind=True)

    def queries() -> int:
        caller = Api(cast.second_reviewer)
        with CaptureQueriesContext(connection) as captured:
            assert caller.get("reviews/").status_code == 200
        return len(captured)

    for number in range(2):
        judge(new_review(cast, f"Text {number}."), cast.reviewer, text=f"Corrected {number}.")
    few = queries()
    for number in range(2, 7):
        review = new_review(cast, f"Text {number}.")
        judge(review, cast.reviewer, text=f"Corrected {number}.")
        judge(review, cast.second_reviewer)
        judge(review, cast.third_reviewer)
    assert queries() == few
