"""A decision that comes too late, twice, or on another text: what stands is shown, and nothing typed is lost."""

from __future__ import annotations

import pytest

from aigc_portal.audit.models import AuditEvent
from generation.models import Draft
from review.actions.claims import claim, release
from review.actions.decisions import LONGEST_COMMENT, reject
from review.actions.verdicts import Verdict
from review.models import ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_draft, make_policy, make_review
from tests.review.deciding import decide, form
from tests.review.judging import judge


def test_a_late_decision_shows_the_winners_and_keeps_the_losers_text(
    cast: Cast, held: Review, reason: ReasonCode
) -> None:
    release(actor=cast.reviewer, review=held)
    claim(actor=cast.second_reviewer, review=held)
    verdict = Verdict(reasons=["inaccurate"], comment="It is not fresh.")
    reject(actor=cast.second_reviewer, review=held, sha256=held.draft.sha256, verdict=verdict)
    answer = decide(cast, held, "approve", comment="I typed <i>this</i>.", correct="on", corrected_text="And this.")
    text = answer.content.decode()
    assert answer.status_code == 409
    for part in (
        "Second Reviewer decided on this text while you had it open.",
        "States something false",
        "It is not fresh.",
        "I typed &lt;i&gt;this&lt;/i&gt;.",
        "And this.",
        "Take next",
    ):
        assert part in text, part
    held.refresh_from_db()
    assert held.status == "REJECTED"
    assert Draft.objects.count() == 1


def test_a_decision_on_a_claim_that_ran_out_says_how_to_go_on(cast: Cast, held: Review) -> None:
    release(actor=cast.reviewer, review=held)
    answer = decide(cast, held, "approve", comment="Kept.")
    assert answer.status_code == 409
    assert "Take it again to decide." in answer.content.decode()
    claim(actor=cast.second_reviewer, review=held)
    answer = decide(cast, held, "reject", comment="Kept.")
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Second Reviewer is reviewing this text until" in text
    assert "Kept." in text


def test_another_text_than_the_one_seen_is_a_conflict(cast: Cast, held: Review) -> None:
    answer = decide(cast, held, "approve", sha256="0" * 64, comment="Kept.")
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "The text changed since you opened it." in text
    assert "Kept." in text
    held.refresh_from_db()
    assert held.status == "IN_REVIEW"


@pytest.mark.parametrize("key", ["k1", ""])
def test_the_same_decision_again_ends_where_the_first_did(cast: Cast, held: Review, key: str) -> None:
    following = make_review(make_draft(held.draft.brief, "Another tea."))
    client = cast.client("reviewer")
    data = form(held, correct="on", corrected_text="A spring tea.", idempotency_key=key)
    answers = [client.post(f"/reviews/{held.pk}/approve/", data) for _ in range(3)]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
        (302, f"/reviews/{following.pk}/")
    }
    assert Draft.objects.filter(parent=held.draft).count() == 1
    assert AuditEvent.objects.about(held).filter(action="review.approved").count() == 1


def test_ones_own_other_decision_in_another_tab_is_a_conflict(cast: Cast, held: Review, reason: ReasonCode) -> None:
    assert decide(cast, held, "approve").status_code == 302
    for act, more in (("reject", {"reasons": ["inaccurate"]}), ("approve", {"correct": "on", "corrected_text": "No."})):
        answer = decide(cast, held, act, **more)
        assert answer.status_code == 409
        assert "You decided on this text in another tab." in answer.content.decode()


def test_a_repeat_is_ones_own_verdict_even_where_others_went_on(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    review = make_review(make_draft(waiting.draft.brief, "A tea for two."), claimed_by=cast.reviewer)
    data = form(review)
    client = cast.client("reviewer")
    assert client.post(f"/reviews/{review.pk}/approve/", data).status_code == 302
    judge(review, cast.second_reviewer)
    assert client.post(f"/reviews/{review.pk}/approve/", data).status_code == 302
    assert review.feedback.count() == 2


def test_a_text_that_was_corrected_meanwhile_is_shown_with_the_difference(
    cast: Cast, waiting: Review, reason: ReasonCode
) -> None:
    """The claim ran out, a colleague corrected and approved, and a second approval is still wanted."""
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    review = make_review(make_draft(waiting.draft.brief, "A strong black tea."), claimed_by=cast.reviewer)
    stale = form(review, comment="Typed <b>before</b>.", accuracy="3", reasons=["inaccurate"])
    release(actor=cast.reviewer, review=review)
    judge(review, cast.second_reviewer, text="A mild black tea.")
    client = cast.client("reviewer")
    answer = client.post(f"/reviews/{review.pk}/approve/", stale | {"correct": "on", "corrected_text": "A green tea."})
    text = answer.content.decode()
    assert answer.status_code == 409
    for part in (
        "The text as it is now",
        "<del>strong</del>",
        "<ins>mild</ins>",
        "Typed &lt;b&gt;before&lt;/b&gt;.",
        "A green tea.",
        "States something false",
        "It is filled in again when you open the text.",
    ):
        assert part in text, part
    assert review.feedback.count() == 1
    answer = client.post(f"/reviews/{review.pk}/claim/", follow=True)
    text = answer.content.decode()
    for part in (
        "The text changed after you typed this.",
        "Typed &lt;b&gt;before&lt;/b&gt;.",
        "A green tea.</textarea>",
        'value="3" id="id_accuracy_2" checked',
        'id="id_reasons_0" checked',
        "<del>mild",
    ):
        assert part in text, part
    review.refresh_from_db()
    assert f'name="sha256" value="{review.current_draft.sha256}"' in text


def test_a_stale_text_in_ones_own_hands_is_a_conflict_too(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    review = make_review(make_draft(waiting.draft.brief, "A strong black tea."))
    stale = form(review, comment="Kept.", facts_checked="on")
    judge(review, cast.second_reviewer, text="A mild black tea.")
    claim(actor=cast.reviewer, review=review)
    client = cast.client("reviewer")
    answer = client.post(f"/reviews/{review.pk}/approve/", stale)
    assert answer.status_code == 409
    assert "The text changed since you opened it. Nothing was decided." in answer.content.decode()
    text = client.get(f"/reviews/{review.pk}/").content.decode()
    assert "Kept.</textarea>" in text
    client.post(f"/reviews/{review.pk}/approve/", stale | {"sha256": review.current_draft.sha256})
    assert "review" not in client.session.get("typed_for_review", {})


def test_a_form_with_errors_loses_nothing_on_the_conflict_page(cast: Cast, held: Review) -> None:
    release(actor=cast.reviewer, review=held)
    answer = decide(cast, held, "approve", comment="x" * (LONGEST_COMMENT + 1))
    assert answer.status_code == 409
    assert "x" * (LONGEST_COMMENT + 1) in answer.content.decode()


def test_what_was_typed_goes_with_putting_back(cast: Cast, held: Review) -> None:
    release(actor=cast.reviewer, review=held)
    client = cast.client("reviewer")
    client.post(f"/reviews/{held.pk}/approve/", form(held, comment="Given up."))
    client.post(f"/reviews/{held.pk}/claim/")
    assert "Given up.</textarea>" in client.get(f"/reviews/{held.pk}/").content.decode()
    client.post(f"/reviews/{held.pk}/release/")
    client.post(f"/reviews/{held.pk}/claim/")
    assert "Given up." not in client.get(f"/reviews/{held.pk}/").content.decode()
