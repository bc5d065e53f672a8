from __future__ import annotations

from typing import Any

import pytest

from aigc_portal.audit.models import AuditEvent
from generation.models import Draft
from generation.models.drafts import LONGEST_TEXT
from review.actions.claims import claim, release
from review.actions.decisions import LONGEST_COMMENT, reject
from review.actions.submission import withdraw
from review.actions.verdicts import Verdict
from review.models import Feedback, GoldItem, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_draft, make_policy, make_review
from tests.review.judging import judge
from tests.review.people import also_reviewer


def form(review: Review, **more: Any) -> dict[str, Any]:
    return {"sha256": review.draft.sha256, "corrected_text": review.draft.text} | more


def decide(cast: Cast, review: Review, act: str, person: str = "reviewer", **more: Any) -> Any:
    return cast.client(person).post(f"/reviews/{review.pk}/{act}/", form(review, **more))


def test_approving_says_so_and_leads_to_the_queue(cast: Cast, held: Review) -> None:
    client = cast.client("reviewer")
    answer = client.post(f"/reviews/{held.pk}/approve/", form(held, accuracy="5", comment="Lovely."), follow=True)
    assert answer.redirect_chain == [("/reviews/", 302)]
    assert "Approved “Spring tea”." in answer.content.decode()
    held.refresh_from_db()
    assert (held.status, held.approved_draft) == ("APPROVED", held.draft)
    said = held.feedback.get()
    assert (said.verdict, said.accuracy, said.brand_fit, said.comment) == ("APPROVED", 5, None, "Lovely.")
    assert AuditEvent.objects.about(held)[0].action == "review.approved"


def test_a_decision_leads_on_to_the_next_one(cast: Cast, held: Review) -> None:
    following = make_review(make_draft(held.draft.brief, "Another tea."))
    answer = cast.client("reviewer").post(f"/reviews/{held.pk}/approve/?language=en", form(held))
    assert answer.headers["Location"] == f"/reviews/{following.pk}/?language=en"
    following.refresh_from_db()
    assert following.claimed_by == cast.reviewer


def test_a_decision_leads_to_what_is_in_hand_before_anything_else(cast: Cast, held: Review) -> None:
    waiting = make_review(make_draft(held.draft.brief, "Another tea."))
    mine = make_review(make_draft(held.draft.brief, "A third tea."), claimed_by=cast.reviewer)
    assert decide(cast, held, "approve").headers["Location"] == f"/reviews/{mine.pk}/"
    waiting.refresh_from_db()
    assert waiting.status == "PENDING"


def test_the_next_one_keeps_to_the_filters(cast: Cast, held: Review) -> None:
    waiting = make_review(make_draft(held.draft.brief, "Another tea."))
    answer = cast.client("reviewer").post(f"/reviews/{held.pk}/approve/?language=zh", form(held))
    assert answer.headers["Location"] == "/reviews/?language=zh"
    waiting.refresh_from_db()
    assert waiting.status == "PENDING"


def test_correcting_approves_the_corrected_text(cast: Cast, held: Review) -> None:
    client = cast.client("reviewer")
    data = form(held, correct="on", corrected_text="A fresh spring tea,\r\nfrom April.")
    answer = client.post(f"/reviews/{held.pk}/approve/", data, follow=True)
    assert "Approved “Spring tea” with your correction." in answer.content.decode()
    held.refresh_from_db()
    assert held.approved_draft is not None
    assert held.approved_draft.text == "A fresh spring tea,\nfrom April."


def test_a_text_typed_but_not_chosen_is_no_correction(cast: Cast, held: Review) -> None:
    """The reviewer opened the editor, typed, and closed it again."""
    decide(cast, held, "approve", corrected_text="Typed, then thought better of.")
    held.refresh_from_db()
    assert held.approved_draft == held.draft


@pytest.mark.parametrize(
    ("act", "status", "said"),
    [("request-changes", "CHANGES_REQUESTED", "Sent “Spring tea” back"), ("reject", "REJECTED", "Rejected “Spring")],
)
def test_a_refusal_with_a_reason(
    cast: Cast, held: Review, reason: ReasonCode, act: str, status: str, said: str
) -> None:
    client = cast.client("reviewer")
    answer = client.post(f"/reviews/{held.pk}/{act}/", form(held, reasons=["inaccurate"], language="1"), follow=True)
    assert said in answer.content.decode()
    held.refresh_from_db()
    assert held.status == status
    assert list(held.feedback.get().reasons.all()) == [reason]
    assert AuditEvent.objects.about(held)[0].data["reasons"] == ["inaccurate"]


@pytest.mark.parametrize("act", ["request-changes", "reject"])
def test_a_refusal_without_a_reason_comes_back_with_all_that_was_typed(
    cast: Cast, held: Review, reason: ReasonCode, act: str
) -> None:
    answer = decide(
        cast,
        held,
        act,
        comment="Please <b>shorten</b>.",
        accuracy="2",
        correct="on",
        corrected_text="Half a correction",
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    for part in (
        "Choose at least one reason",
        "Please &lt;b&gt;shorten&lt;/b&gt;.",
        "Half a correction",
        'value="2" id="id_accuracy_1" checked',
        'id="id_correct" data-shortcut="e"',
    ):
        assert part in text, part
    held.refresh_from_db()
    assert held.status == "IN_REVIEW"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"correct": "on", "corrected_text": " \r\n "}, "The text is empty."),
        (
            {"correct": "on", "corrected_text": "x" * (LONGEST_TEXT + 1)},
            f"A text has at most {LONGEST_TEXT} characters.",
        ),
        ({"correct": "on", "corrected_text": "a\x00b"}, "Null characters are not allowed."),
        ({"comment": "x" * (LONGEST_COMMENT + 1)}, "at most 4000 characters"),
        ({"accuracy": "6"}, "Select a valid choice."),
        ({"reasons": ["theirs"]}, "Select a valid choice."),
    ],
)
def test_what_does_not_fit_stands_at_its_field(cast: Cast, held: Review, typed: dict[str, Any], said: str) -> None:
    answer = decide(cast, held, "approve", **typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Feedback.objects.exists()


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


@pytest.mark.parametrize("act", ["approve", "request-changes", "reject"])
def test_a_contributor_is_refused_with_the_event(cast: Cast, waiting: Review, act: str) -> None:
    also_reviewer(cast.marketer, cast.team)
    Review.objects.filter(pk=waiting.pk).update(
        status="IN_REVIEW", claimed_by=cast.marketer, claimed_until="2099-01-01T00:00Z"
    )
    answer = decide(cast, waiting, act, person="marketer", idempotency_key="k1")
    assert answer.status_code == 403
    assert "somebody else must review it" in answer.content.decode()
    event = AuditEvent.objects.about(waiting)[0]
    assert (event.action, event.actor) == ("review.four_eyes_refused", cast.marketer)


@pytest.mark.parametrize("act", ["approve", "request-changes", "reject"])
@pytest.mark.parametrize(
    ("person", "status"),
    [("second_marketer", 403), ("auditor", 403), ("engineer", 403), ("admin", 403), ("outsider", 404)],
)
def test_who_may_not_decide(cast: Cast, held: Review, act: str, person: str, status: int) -> None:
    assert decide(cast, held, act, person=person).status_code == status
    held.refresh_from_db()
    assert held.status == "IN_REVIEW"


@pytest.mark.parametrize("act", ["approve", "request-changes", "reject"])
def test_all_are_posts(cast: Cast, held: Review, act: str) -> None:
    assert cast.client("reviewer").get(f"/reviews/{held.pk}/{act}/").status_code == 405


def test_an_approval_needs_the_fact_check_where_the_policy_says_so(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, fact_check=True)
    review = make_review(make_draft(waiting.draft.brief, "Tea, checked."), claimed_by=cast.reviewer)
    answer = decide(cast, review, "approve", comment="Kept <i>as</i> typed.", accuracy="4")
    text = answer.content.decode()
    assert answer.status_code == 422
    for part in (
        "Check the facts of the text first",
        "Kept &lt;i&gt;as&lt;/i&gt; typed.",
        'id="id_accuracy_3" checked',
    ):
        assert part in text, part
    assert not Feedback.objects.exists()
    assert decide(cast, review, "approve", facts_checked="on").status_code == 302
    assert Feedback.objects.get().facts_checked


def test_a_refusal_needs_no_fact_check(cast: Cast, waiting: Review, reason: ReasonCode) -> None:
    make_policy(cast.team, fact_check=True)
    review = make_review(make_draft(waiting.draft.brief, "Tea, unchecked."), claimed_by=cast.reviewer)
    assert decide(cast, review, "reject", reasons=["inaccurate"]).status_code == 302


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("approve", "Approved “Spring tea”. Somebody else is asked before it is decided."),
        ("request-changes", "You asked for changes to “Spring tea”. Somebody else is asked"),
    ],
)
def test_a_verdict_that_decides_nothing_yet_says_so(
    cast: Cast, waiting: Review, reason: ReasonCode, act: str, said: str
) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    review = make_review(make_draft(waiting.draft.brief, "A tea for two."), claimed_by=cast.reviewer)
    withdraw_all_but(review)
    data = form(review, reasons=["inaccurate"])
    answer = cast.client("reviewer").post(f"/reviews/{review.pk}/{act}/", data, follow=True)
    assert said in answer.content.decode()
    review.refresh_from_db()
    assert review.status == "PENDING"


def withdraw_all_but(review: Review) -> None:
    """Nothing else waits, so that the queue opens next."""
    for other in Review.objects.awaiting_review().exclude(pk=review.pk):
        withdraw(actor=other.submitted_by, review=other)


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


@pytest.mark.parametrize(
    ("act", "said"), [("approve", "and yours differs. The right one: Rejected."), ("reject", "you agree with it")]
)
def test_a_known_answer_is_told_afterwards(cast: Cast, held: Review, reason: ReasonCode, act: str, said: str) -> None:
    review = gold_review(cast, held)
    client = cast.client("reviewer")
    assert "known answer" not in client.get(f"/reviews/{review.pk}/").content.decode()
    data = form(review, reasons=["inaccurate"])
    text = client.post(f"/reviews/{review.pk}/{act}/", data, follow=True).content.decode()
    assert said in text
    assert "It is picked in May." in text
    assert "data-undo" not in text
    answer = client.post(f"/reviews/{review.pk}/undo/", follow=True)
    assert "no decision of yours that can be taken back" in answer.content.decode()
    assert review.feedback.standing().count() == 1


def test_a_known_answer_is_for_its_reviewer_alone(cast: Cast, held: Review) -> None:
    review = gold_review(cast, held)
    for act in ("approve", "claim", "release", "renew", "undo"):
        assert cast.client("second_reviewer").post(f"/reviews/{review.pk}/{act}/").status_code == 404
    assert cast.client("second_reviewer").get(f"/reviews/{review.pk}/").status_code == 404
    text = cast.client("reviewer").get(f"/reviews/{review.pk}/").content.decode()
    assert "Assigned to" not in text


def gold_review(cast: Cast, decided: Review) -> Review:
    """In the reviewer's hands."""
    other = make_draft(decided.draft.brief, "A tea, picked in June.")
    item = GoldItem.objects.create(
        team=cast.team, draft=other, verdict="REJECTED", explanation="It is picked in May.", created_by=cast.lead
    )
    review = Review.for_reviewers.create(
        team=cast.team, draft=other, current_draft=other, gold=item, assigned_to=cast.reviewer,
        submitted_by=cast.marketer, policy=decided.policy, due_at=decided.due_at,
    )  # fmt: skip
    claim(actor=cast.reviewer, review=Review.for_reviewers.get(pk=review.pk))
    release(actor=cast.reviewer, review=decided)
    withdraw(actor=cast.marketer, review=decided)
    return review
