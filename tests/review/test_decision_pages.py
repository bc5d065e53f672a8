"""The decision buttons: what each does, what it asks for, and who may press it."""

from __future__ import annotations

from typing import Any

import pytest

from aigc_portal.audit.models import AuditEvent
from generation.models.drafts import LONGEST_TEXT
from review.actions.decisions import LONGEST_COMMENT
from review.actions.submission import withdraw
from review.models import Feedback, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_draft, make_policy, make_review
from tests.review.deciding import decide, form
from tests.review.people import also_reviewer


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
