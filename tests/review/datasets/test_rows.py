"""DESIGN.md section 7, cell by cell."""

from __future__ import annotations

from typing import Any

import pytest

from generation.models.drafts import sha256_of
from review.models import GoldItem, Review
from tests.cast import Cast
from tests.factories import make_draft, make_policy, make_review, make_run, without_triggers
from tests.review.datasets.desk import PROMPT, Desk, answer, settled
from tests.review.judging import judge

PROMPT_COMPLETION, UNPAIRED, PREFERENCE = "prompt-completion", "unpaired-preference", "preference"


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk(cast)


def pairs(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows]


def labels(rows: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    return [(row["completion"][0]["content"], row["label"]) for row in rows]


class TestApprovedAsIs:
    def test_is_a_completion(self, desk: Desk) -> None:
        review = desk.approve(desk.draft("Good."))
        assert desk.rows(PROMPT_COMPLETION) == [
            {
                "prompt": PROMPT,
                "completion": answer("Good."),
                "source": {
                    "brief_id": desk.brief.pk,
                    "review_ids": [review.pk],
                    "draft_sha256": [sha256_of("Good.")],
                },
            }
        ]

    def test_is_true(self, desk: Desk) -> None:
        review = desk.approve(desk.draft("Good."))
        assert desk.rows(UNPAIRED) == [
            {
                "prompt": PROMPT,
                "completion": answer("Good."),
                "label": True,
                "source": {
                    "brief_id": desk.brief.pk,
                    "review_ids": [review.pk],
                    "draft_sha256": [sha256_of("Good.")],
                },
            }
        ]

    def test_is_chosen_against_each_rejected_sibling(self, desk: Desk) -> None:
        approved = desk.approve(desk.draft("Good."))
        first, second = desk.reject(desk.draft("Bad.")), desk.reject(desk.draft("Worse."))
        assert desk.rows(PREFERENCE) == [
            {
                "prompt": PROMPT,
                "chosen": answer("Good."),
                "rejected": answer(text),
                "source": {
                    "brief_id": desk.brief.pk,
                    "review_ids": [approved.pk, rejected.pk],
                    "draft_sha256": [sha256_of("Good."), sha256_of(text)],
                },
            }
            for rejected, text in ((first, "Bad."), (second, "Worse."))
        ]

    def test_alone_is_no_preference(self, desk: Desk) -> None:
        desk.approve(desk.draft("Good."))
        desk.draft("Never reviewed.")
        assert desk.rows(PREFERENCE) == []


class TestCorrected:
    def test_gives_the_corrected_text(self, desk: Desk) -> None:
        review = desk.approve(desk.draft("Almost."), corrected="Right.")
        [row] = desk.rows(PROMPT_COMPLETION)
        assert row["prompt"] == PROMPT  # the run's at the root of the correction's ancestry
        assert row["completion"] == answer("Right.")
        assert row["source"]["review_ids"] == [review.pk]
        assert row["source"]["draft_sha256"] == [sha256_of("Right.")]

    def test_corrected_is_true_and_the_original_false(self, desk: Desk) -> None:
        desk.approve(desk.draft("Almost."), corrected="Right.")
        assert labels(desk.rows(UNPAIRED)) == [("Right.", True), ("Almost.", False)]

    def test_is_chosen_over_the_original(self, desk: Desk) -> None:
        review = desk.approve(desk.draft("Almost."), corrected="Right.")
        [row] = desk.rows(PREFERENCE)
        assert (row["chosen"], row["rejected"]) == (answer("Right."), answer("Almost."))
        assert row["source"]["review_ids"] == [review.pk]
        assert row["source"]["draft_sha256"] == [sha256_of("Right."), sha256_of("Almost.")]

    def test_the_original_is_not_chosen(self, desk: Desk) -> None:
        """A rejected sibling stands against the text that was approved: the correction."""
        desk.approve(desk.draft("Almost."), corrected="Right.")
        desk.reject(desk.draft("Bad."))
        assert sorted(pairs(desk.rows(PREFERENCE))) == [("Right.", "Almost."), ("Right.", "Bad.")]


class TestRejected:
    def test_is_no_completion(self, desk: Desk) -> None:
        desk.reject(desk.draft("Bad."))
        assert desk.rows(PROMPT_COMPLETION) == []

    def test_is_false(self, desk: Desk) -> None:
        desk.reject(desk.draft("Bad."))
        assert labels(desk.rows(UNPAIRED)) == [("Bad.", False)]

    def test_stands_against_each_approved_sibling(self, desk: Desk) -> None:
        desk.reject(desk.draft("Bad."))
        desk.approve(desk.draft("Good."))
        desk.approve(desk.draft("Fine."))
        assert pairs(desk.rows(PREFERENCE)) == [("Good.", "Bad."), ("Fine.", "Bad.")]

    def test_stands_against_its_own_approved_edit(self, desk: Desk) -> None:
        draft = desk.draft("Bad.")
        desk.reject(draft)
        desk.approve(desk.edit(draft, "Better."))
        assert pairs(desk.rows(PREFERENCE)) == [("Better.", "Bad.")]

    def test_is_not_compared_across_prompts(self, desk: Desk) -> None:
        """A brief that was edited between two runs asks two different things."""
        desk.reject(desk.draft("Bad."))
        other = make_run(desk.brief)
        with without_triggers():
            type(other).objects.filter(pk=other.pk).update(messages=[{"role": "user", "content": "Write briefly."}])
        desk.approve(make_draft(desk.brief, "Good.", run=other))
        assert desk.rows(PREFERENCE) == []

    def test_is_compared_across_runs_of_the_same_prompt(self, desk: Desk) -> None:
        desk.reject(desk.draft("Bad."))
        desk.approve(make_draft(desk.brief, "Good.", run=make_run(desk.brief)))
        assert pairs(desk.rows(PREFERENCE)) == [("Good.", "Bad.")]

    def test_is_not_compared_across_briefs(self, desk: Desk) -> None:
        desk.reject(desk.draft("Bad."))
        other = Desk(desk.cast)
        other.approve(other.draft("Good."))
        assert desk.rows(PREFERENCE) == []

    def test_the_same_text_is_no_pair(self, desk: Desk) -> None:
        first, second = desk.draft("Same."), desk.draft("Almost.")
        desk.reject(first)
        desk.approve(second)
        with without_triggers():
            type(second).objects.filter(pk=second.pk).update(text=first.text, sha256=first.sha256)
        assert desk.rows(PREFERENCE) == []


class TestChangesRequested:
    @pytest.mark.parametrize("type", [PROMPT_COMPLETION, UNPAIRED, PREFERENCE])
    def test_alone_gives_nothing(self, desk: Desk, type: str) -> None:
        desk.ask_for_changes(desk.draft("Half."))
        assert desk.rows(type) == []

    def test_gives_a_pair_through_the_approved_child(self, desk: Desk) -> None:
        draft = desk.draft("Half.")
        asked = desk.ask_for_changes(draft)
        approved = desk.approve(desk.edit(desk.edit(draft, "Half and more."), "Whole."))
        [row] = desk.rows(PREFERENCE)
        assert pairs([row]) == [("Whole.", "Half.")]
        assert row["source"]["review_ids"] == [approved.pk, asked.pk]
        assert labels(desk.rows(UNPAIRED)) == [("Whole.", True)]
        assert [row["completion"] for row in desk.rows(PROMPT_COMPLETION)] == [answer("Whole.")]

    def test_gives_a_pair_through_the_corrected_child(self, desk: Desk) -> None:
        draft = desk.draft("Half.")
        desk.ask_for_changes(draft)
        desk.approve(desk.edit(draft, "Almost."), corrected="Whole.")
        assert sorted(pairs(desk.rows(PREFERENCE))) == [("Whole.", "Almost."), ("Whole.", "Half.")]

    def test_gives_no_pair_with_an_approved_sibling(self, desk: Desk) -> None:
        desk.ask_for_changes(desk.draft("Half."))
        desk.approve(desk.draft("Good."))
        assert desk.rows(PREFERENCE) == []

    def test_gives_no_pair_with_a_rejected_child(self, desk: Desk) -> None:
        draft = desk.draft("Half.")
        desk.ask_for_changes(draft)
        desk.reject(desk.edit(draft, "Worse."))
        assert desk.rows(PREFERENCE) == []


class TestSeveralReviewers:
    """Two steps: the text of the decision may be the correction of somebody who did not decide."""

    @pytest.fixture
    def review(self, desk: Desk) -> Review:
        """Corrected by the reviewer at the first step."""
        make_policy(desk.cast.team, {}, {})
        review = make_review(desk.draft("Almost."))
        judge(review, desk.cast.reviewer, text="Nearly right.")
        return review

    def test_an_earlier_correction_stands_over_the_submitted_text(self, desk: Desk, review: Review) -> None:
        judge(review, desk.cast.second_reviewer)
        settled(review)
        assert review.status == "APPROVED"
        assert pairs(desk.rows(PREFERENCE)) == [("Nearly right.", "Almost.")]
        assert labels(desk.rows(UNPAIRED)) == [("Nearly right.", True), ("Almost.", False)]
        assert [row["completion"] for row in desk.rows(PROMPT_COMPLETION)] == [answer("Nearly right.")]

    def test_of_a_chain_the_last_stands_over_the_submitted_text(self, desk: Desk, review: Review) -> None:
        judge(review, desk.cast.second_reviewer, text="Right.")
        judge(review, desk.cast.third_reviewer)
        settled(review)
        assert pairs(desk.rows(PREFERENCE)) == [("Right.", "Almost.")]
        assert labels(desk.rows(UNPAIRED)) == [("Right.", True), ("Almost.", False)]

    def test_what_was_rejected_is_the_correction(self, desk: Desk, review: Review) -> None:
        judge(review, desk.cast.second_reviewer, "REJECTED")
        settled(review)
        assert labels(desk.rows(UNPAIRED)) == [("Nearly right.", False)]
        assert desk.rows(PROMPT_COMPLETION) == []

    @pytest.mark.parametrize("from_correction", [True, False])
    def test_what_was_sent_back_is_the_text_that_was_revised(
        self, desk: Desk, review: Review, from_correction: bool
    ) -> None:
        judge(review, desk.cast.second_reviewer, "CHANGES_REQUESTED")
        settled(review)
        make_policy(desk.cast.team, {})
        base = review.current_draft if from_correction else review.draft
        again = make_review(desk.edit(base, "Whole."))
        judge(again, desk.cast.third_reviewer)
        settled(again)
        [row] = desk.rows(PREFERENCE)
        assert pairs([row]) == [("Whole.", base.text)]
        assert row["source"]["review_ids"] == [again.pk, review.pk]


@pytest.mark.parametrize("type", [PROMPT_COMPLETION, UNPAIRED, PREFERENCE])
class TestWhatNeverCounts:
    def test_decisions_against_the_rules(self, desk: Desk, type: str) -> None:
        reviews = [desk.approve(desk.draft("Almost."), corrected="Right."), desk.reject(desk.draft("Bad."))]
        with without_triggers():
            Review.objects.filter(pk__in=[review.pk for review in reviews]).update(break_glass="The shop opens today.")
        assert desk.rows(type) == []

    def test_texts_with_a_known_answer(self, desk: Desk, type: str) -> None:
        approved, rejected = desk.approve(desk.draft("Almost."), corrected="Right."), desk.reject(desk.draft("Bad."))
        with without_triggers():
            for review in (approved, rejected):
                gold = GoldItem.objects.create(
                    team=desk.cast.team, draft=review.draft, verdict="REJECTED", created_by=desk.cast.lead
                )
                Review.objects.filter(pk=review.pk).update(gold=gold, assigned_to=desk.cast.reviewer)
        assert desk.rows(type) == []

    def test_open_and_withdrawn_reviews(self, desk: Desk, type: str) -> None:
        desk.claimed(desk.draft("Waiting."))
        assert desk.rows(type) == []

    def test_briefs_without_consent(self, cast: Cast, type: str) -> None:
        desk = Desk(cast, consent=False)
        desk.approve(desk.draft("Almost."), corrected="Private.")
        desk.reject(desk.draft("Bad."))
        assert desk.rows(type) == []

    def test_texts_that_nobody_reviewed(self, desk: Desk, type: str) -> None:
        desk.edit(desk.draft("Draft."), "Edit.")
        assert desk.rows(type) == []


def test_an_edited_draft_keeps_the_prompt_of_its_root(desk: Desk) -> None:
    make_run(desk.brief)  # a later run of the same brief changes nothing
    desk.approve(desk.edit(desk.edit(desk.draft("One."), "Two."), "Three."))
    [row] = desk.rows(PROMPT_COMPLETION)
    assert (row["prompt"], row["completion"]) == (PROMPT, answer("Three."))
