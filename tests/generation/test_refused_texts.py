"""What the author of a refused text is told, on the draft's and the brief's page and while revising it."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from generation.actions.drafts import edit_draft
from generation.models import Brief, Draft
from review.models import Comment, GoldItem, Review
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_group, make_policy, make_reason, make_review
from tests.review.judging import judge
from tests.review.talking import say


@pytest.fixture
def brief(cast: Cast) -> Brief:
    make_reason(cast.team)
    return make_brief(cast.marketer, cast.team)


def page(cast: Cast, address: str, who: str = "marketer") -> str:
    response = cast.client(who).get(address)
    assert response.status_code == 200
    return unescape(response.content.decode())


def corrected_then_refused(cast: Cast, brief: Brief, **rules: bool) -> Review:
    """Two steps: the reviewer corrects, and the second asks for changes to the correction."""
    make_policy(cast.team, {"name": "Editing"}, {"name": "Legal"}, **rules)
    review = make_review(make_draft(brief, "Tea from March."))
    judge(review, cast.reviewer, text="Tea from April.")
    judge(review, cast.second_reviewer, "CHANGES_REQUESTED")
    return review


def mark(cast: Cast, review: Review, start: int, end: int, text: str) -> Comment:
    return Comment.objects.create(
        team=cast.team,
        review=review,
        draft_id=review.draft_id,
        author=cast.reviewer,
        text=text,
        start=start,
        end=end,
    )


@pytest.mark.parametrize("verdict", ["CHANGES_REQUESTED", "REJECTED"])
@pytest.mark.parametrize("place", ["drafts", "briefs"])
def test_why_and_how_to_go_on(cast: Cast, brief: Brief, place: str, verdict: str) -> None:
    draft = make_draft(brief)
    judge(make_review(draft), cast.reviewer, verdict)
    address = f"/drafts/{draft.pk}/" if place == "drafts" else f"/briefs/{brief.pk}/"
    text = page(cast, address)
    for part in ("States something false", "Not yet.", "Revise the text yourself", "Generate again with this feedback"):
        assert text.count(part) == 1, part
    assert f'href="/drafts/{draft.pk}/edit/"' in text
    assert f'href="/drafts/{draft.pk}/regenerate/"' in text
    assert "reviewer's correction" not in text, "nobody corrected it"
    read = page(cast, address, "auditor")
    assert "Not yet." in read
    assert "Revise the text yourself" not in read


def test_all_who_refused_are_heard_and_the_one_who_decided_first(cast: Cast, brief: Brief) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    draft = make_draft(brief)
    review = make_review(draft)
    judge(review, cast.reviewer, "CHANGES_REQUESTED")
    judge(review, cast.second_reviewer)
    judge(review, cast.third_reviewer, "REJECTED")
    text = page(cast, f"/drafts/{draft.pk}/")
    assert text.index("Third Reviewer, who decided between the reviewers") < text.index("<strong>Reviewer</strong>")
    assert "<strong>Second Reviewer</strong>" not in text, "who approved did not refuse"


def test_a_verdict_that_decides_nothing_is_not_shown(cast: Cast, brief: Brief) -> None:
    make_policy(cast.team, {"reviewers": 3})
    draft = make_draft(brief)
    judge(make_review(draft), cast.reviewer, "REJECTED")
    for address in (f"/drafts/{draft.pk}/", f"/briefs/{brief.pk}/"):
        assert "Not yet." not in page(cast, address)


def test_marked_passages_are_quoted_until_they_are_resolved(cast: Cast, brief: Brief) -> None:
    draft = make_draft(brief, "Tea from March.")
    review = make_review(draft)
    mark(cast, review, 9, 14, "It was April.")
    done = mark(cast, review, 0, 3, "Which tea?")
    Comment.objects.filter(pk=done.pk).update(resolved_by=cast.reviewer, resolved_at=Now())
    judge(review, cast.reviewer, "CHANGES_REQUESTED")
    for address in (f"/drafts/{draft.pk}/", f"/briefs/{brief.pk}/", f"/drafts/{draft.pk}/edit/"):
        text = page(cast, address)
        assert ">March</q>" in text
        assert "It was April." in text
        assert "Which tea?" not in text
    assert "“March”: It was April.</textarea>" in page(cast, f"/drafts/{draft.pk}/regenerate/")


def test_a_blind_policy_names_no_reviewer_to_the_author(cast: Cast, brief: Brief) -> None:
    review = corrected_then_refused(cast, brief, blind=True)
    mark(cast, review, 9, 14, "It was April.")
    correction = review.current_draft
    addresses = [f"/drafts/{pk}/" for pk in (review.draft_id, correction.pk)]
    for address in (*addresses, f"/briefs/{brief.pk}/", f"/drafts/{review.draft_id}/edit/"):
        text = page(cast, address)
        assert "Second Reviewer" not in text, address
        assert "by Reviewer" not in text, address
        assert ">Reviewer<" not in text, address
    assert "Correction by a reviewer" in page(cast, addresses[1])


def test_the_refused_correction_can_be_revised(cast: Cast, brief: Brief) -> None:
    review = corrected_then_refused(cast, brief)
    correction = review.current_draft
    text = page(cast, f"/drafts/{review.draft_id}/")
    assert f'href="/drafts/{review.draft_id}/edit/?from={correction.pk}"' in text
    assert "Start from the reviewer's correction" in text
    assert "Take the reviewer's correction as it is" not in text, "it is what was refused"


def test_a_correction_that_nobody_refused_can_be_taken_as_it_is(cast: Cast, brief: Brief) -> None:
    make_policy(cast.team, {"reviewers": 2}, {"name": "Legal"})
    review = make_review(make_draft(brief, "Tea from March."))
    first = judge(review, cast.reviewer, text="Tea from April.").approved_draft
    judge(review, cast.second_reviewer, text="Tea from May.")
    judge(review, cast.third_reviewer, "REJECTED")
    if review.is_open:
        judge(review, cast.reviewer, "REJECTED")
    assert first is not None
    text = page(cast, f"/drafts/{review.draft_id}/")
    assert "Take the reviewer's correction as it is" in text
    assert f'action="/drafts/{first.pk}/submit/"' in text


def test_an_approved_correction_is_there_to_be_taken(cast: Cast, brief: Brief) -> None:
    draft = make_draft(brief, "Tea from March.")
    judge(make_review(draft), cast.reviewer, text="Tea from April.")
    correction = draft.children.get()
    text = page(cast, f"/drafts/{draft.pk}/")
    for part in (
        "Take the reviewer's correction as it is",
        f'href="/drafts/{correction.pk}/edit/"',
        "<ins>April</ins>",
    ):
        assert part in text
    assert "Take the reviewer's" not in page(cast, f"/drafts/{draft.pk}/", "auditor")


class TestRevising:
    def test_starts_from_the_text_with_the_feedback_beside(self, cast: Cast, brief: Brief) -> None:
        review = corrected_then_refused(cast, brief)
        text = page(cast, f"/drafts/{review.draft_id}/edit/")
        assert ">\nTea from March.</textarea>" in text
        assert "Not yet." in text
        assert f'href="?from={review.current_draft_id}"' in text

    def test_starts_from_the_correction_and_gives_a_child_of_it(self, cast: Cast, brief: Brief) -> None:
        """So the corrector contributes to it, and does not decide on it."""
        review = corrected_then_refused(cast, brief)
        address = f"/drafts/{review.draft_id}/edit/?from={review.current_draft_id}"
        text = page(cast, address)
        assert ">\nTea from April.</textarea>" in text
        assert "Not yet." in text
        cast.client("marketer").post(address, {"text": "Tea from early April."})
        child = Draft.objects.get(text="Tea from early April.")
        assert child.parent_id == review.current_draft_id
        assert {cast.marketer.pk, cast.reviewer.pk} <= set(child.contributors)

    def test_a_refused_edit_keeps_the_text_and_where_it_started(self, cast: Cast, brief: Brief) -> None:
        review = corrected_then_refused(cast, brief)
        address = f"/drafts/{review.draft_id}/edit/?from={review.current_draft_id}"
        response = cast.client("marketer").post(address, {"text": "Tea from April."})
        assert response.status_code == 422
        assert "The text is the same as before." in response.content.decode()

    @pytest.mark.parametrize("start", ["", "x", "0", "9" * 30])
    def test_only_a_draft_of_the_brief_is_started_from(self, cast: Cast, brief: Brief, start: str) -> None:
        draft = make_draft(brief)
        other = make_draft(make_brief(cast.marketer, cast.team, "Another"))
        for wrong in (start, str(other.pk)):
            address = f"/drafts/{draft.pk}/edit/?from={wrong}"
            assert cast.client("marketer").get(address).status_code == 404
            assert cast.client("marketer").post(address, {"text": "Tried."}).status_code == 404
        assert not Draft.objects.filter(text="Tried.").exists()


class TestOnTheWay:
    def test_the_step_and_the_due_date(self, cast: Cast, brief: Brief) -> None:
        make_policy(cast.team, {"name": "Editing"}, {"name": "Legal", "group": make_group(cast.team, "Lawyers")})
        draft = make_draft(brief)
        review = make_review(draft)
        for address in (f"/drafts/{draft.pk}/", f"/briefs/{brief.pk}/"):
            text = page(cast, address)
            assert "Step 1 of 2: Editing" in text
            assert "due " in text
        judge(review, cast.reviewer)
        assert "Step 2 of 2: Legal" in page(cast, f"/drafts/{draft.pk}/")
        Review.objects.update(due_at=Now() - timedelta(hours=1))
        assert "overdue since" in page(cast, f"/briefs/{brief.pk}/")

    def test_one_step_says_only_until_when(self, cast: Cast, brief: Brief) -> None:
        draft = make_draft(brief)
        make_review(draft)
        text = page(cast, f"/drafts/{draft.pk}/")
        assert "Step 1" not in text
        assert "due " in text

    def test_a_dispute(self, cast: Cast, brief: Brief) -> None:
        make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
        draft = make_draft(brief)
        review = make_review(draft)
        judge(review, cast.reviewer)
        judge(review, cast.second_reviewer, "REJECTED")
        text = page(cast, f"/drafts/{draft.pk}/")
        assert "The reviewers disagree; somebody else decides between them" in text
        assert "Not yet." not in text

    def test_a_correction_is_nobodys_to_read_before_the_decision(self, cast: Cast, brief: Brief) -> None:
        make_policy(cast.team, {}, {})
        review = make_review(make_draft(brief))
        judge(review, cast.reviewer, text="A corrected tea.")
        correction = review.draft.children.get()
        assert cast.client("marketer").get(f"/drafts/{correction.pk}/").status_code == 404
        assert "A corrected tea." not in page(cast, f"/briefs/{brief.pk}/")
        judge(review, cast.second_reviewer)
        assert "corrected by Reviewer" in page(cast, f"/drafts/{correction.pk}/")
        assert "A corrected tea." in page(cast, f"/briefs/{brief.pk}/")

    def test_an_author_hears_nothing_of_a_text_with_a_known_answer(self, cast: Cast, brief: Brief) -> None:
        draft = make_draft(brief)
        review = make_review(draft)
        judge(review, cast.reviewer)
        item = GoldItem.objects.create(
            team=cast.team, draft=draft, verdict="REJECTED", explanation="Claims.", created_by=cast.lead
        )
        Review.for_reviewers.create(
            team=cast.team,
            draft=draft,
            current_draft=draft,
            policy=review.policy,
            submitted_by=cast.marketer,
            gold=item,
            assigned_to=cast.second_reviewer,
            due_at=Now(),
        )
        for address in ("/briefs/", f"/briefs/{brief.pk}/", f"/drafts/{draft.pk}/"):
            text = page(cast, address)
            assert "Approved" in text
            assert "status-pending" not in text
            assert "status-in_review" not in text


def test_the_number_of_queries_is_constant(cast: Cast, brief: Brief) -> None:
    client, counts = cast.client("marketer"), []
    for _ in range(2):
        for number in range(3):
            make_policy(cast.team, {}, {"reviewers": 2})
            draft = make_draft(brief, f"Tea {Draft.objects.count()} {number}.")
            review = make_review(draft)
            judge(review, cast.reviewer, text=f"Corrected {review.pk}.")
            mark(cast, review, 0, 3, "Which?")
            judge(review, cast.second_reviewer, "REJECTED")
            judge(review, cast.third_reviewer, "REJECTED")
            edit_draft(actor=cast.marketer, draft=draft, text=f"Edited {draft.pk}.")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/briefs/{brief.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("place", ["drafts", "briefs"])
def test_open_threads_lead_to_the_review(cast: Cast, brief: Brief, place: str) -> None:
    review = make_review(make_draft(brief))
    say(review, cast.reviewer, "Where was it picked?")
    done = say(review, cast.reviewer, "And when?")
    judge(review, cast.reviewer, "CHANGES_REQUESTED")
    address = f"/drafts/{review.draft_id}/" if place == "drafts" else f"/briefs/{brief.pk}/"
    link = f'href="/reviews/{review.pk}/#threads-title"'
    text = page(cast, address)
    assert link in text
    assert "2 open comments" in text
    Comment.objects.filter(pk=done.pk).update(resolved_at=Now(), resolved_by=cast.reviewer)
    assert "1 open comment<" in page(cast, address)
    Comment.objects.filter(review=review).update(resolved_at=Now(), resolved_by=cast.reviewer)
    assert link not in page(cast, address)


@pytest.mark.parametrize(("blind", "told"), [(False, "corrected by Reviewer<"), (True, "with a correction<")])
def test_the_author_reads_who_corrected(cast: Cast, brief: Brief, blind: bool, told: str) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, blind=blind)
    review = make_review(make_draft(brief, "Tea from March."))
    judge(review, cast.reviewer, text="Tea from April.")
    judge(review, cast.second_reviewer)
    text = page(cast, f"/drafts/{review.draft_id}/").partition('<div class="outcome">')[2].partition("</p>")[0]
    assert told in text
    assert ("by Second Reviewer," in text) is not blind
