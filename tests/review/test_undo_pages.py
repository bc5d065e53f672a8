"""The button that takes a decision back: what it says, what it opens, and when it comes too late."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from aigc_portal.audit.models import AuditEvent
from review.actions.claims import claim
from review.models import Feedback, ReasonCode, Review
from tests.cast import Cast
from tests.factories import make_draft, make_policy, make_review, without_triggers
from tests.review.deciding import form
from tests.review.judging import judge


def undo(client: Client, review: Review, **more: Any) -> Any:
    return client.post(f"/reviews/{review.pk}/undo/", more)


def age(review: Review, seconds: int) -> None:
    """As if it had been decided so long ago."""
    with without_triggers():
        Feedback.objects.filter(review=review).update(given_at=Now() - timedelta(seconds=seconds))
        Review.objects.filter(pk=review.pk).update(decided_at=Now() - timedelta(seconds=seconds))


def test_the_next_page_offers_it(cast: Cast, held: Review) -> None:
    following = make_review(make_draft(held.draft.brief, "Another tea."))
    answer = cast.client("reviewer").post(f"/reviews/{held.pk}/approve/?language=en", form(held), follow=True)
    assert answer.redirect_chain == [(f"/reviews/{following.pk}/?language=en", 302)]
    text = answer.content.decode()
    for part in (
        "Approved “Spring tea”.",
        f'action="/reviews/{held.pk}/undo/?language=en" data-undo="10"',
        'data-shortcut="u"',
        'name="csrfmiddlewaretoken"',
    ):
        assert part in text, part


def test_it_opens_the_desk_as_it_was_sent(cast: Cast, held: Review, reason: ReasonCode) -> None:
    client = cast.client("reviewer")
    sent = form(held, reasons=["inaccurate"], accuracy="2", comment="Too <b>loud</b>.")
    client.post(f"/reviews/{held.pk}/reject/", sent)
    answer = client.post(f"/reviews/{held.pk}/undo/?language=en", follow=True)
    assert answer.redirect_chain == [(f"/reviews/{held.pk}/?language=en", 302)]
    text = answer.content.decode()
    for part in (
        "You took your decision back.",
        "Too &lt;b&gt;loud&lt;/b&gt;.",
        'value="2" id="id_accuracy_1" checked',
        'value="inaccurate" id="id_reasons_0" checked',
        f'action="/reviews/{held.pk}/approve/?language=en"',
    ):
        assert part in text, part
    assert "is taken back" not in text  # said once
    held.refresh_from_db()
    assert (held.status, held.claimed_by) == ("IN_REVIEW", cast.reviewer)
    assert AuditEvent.objects.about(held)[0].action == "review.undone"


def test_a_correction_comes_back_into_the_editor(cast: Cast, held: Review) -> None:
    client = cast.client("reviewer")
    client.post(f"/reviews/{held.pk}/approve/", form(held, correct="on", corrected_text="A fresh green tea."))
    undo(client, held)
    text = client.get(f"/reviews/{held.pk}/").content.decode()
    assert re.search(r'id="id_correct"[^>]* checked', text)
    assert "A fresh green tea.</textarea>" in text
    assert f'name="sha256" value="{held.draft.sha256}"' in text
    assert "<del>spring</del>" in text


def test_decided_again_nothing_is_left_of_it(cast: Cast, held: Review, reason: ReasonCode) -> None:
    client = cast.client("reviewer")
    client.post(f"/reviews/{held.pk}/reject/", form(held, reasons=["inaccurate"], comment="No."))
    undo(client, held)
    client.post(f"/reviews/{held.pk}/approve/", form(held))
    assert [one.verdict for one in held.feedback.standing()] == ["APPROVED"]
    text = cast.client("marketer").get(f"/reviews/{held.pk}/").content.decode()
    assert "No." not in text


def test_a_second_click_opens_the_same_desk(cast: Cast, held: Review) -> None:
    client = cast.client("reviewer")
    client.post(f"/reviews/{held.pk}/approve/", form(held))
    assert {undo(client, held).headers["Location"] for _ in range(2)} == {f"/reviews/{held.pk}/"}
    assert AuditEvent.objects.about(held).filter(action="review.undone").count() == 1


def test_too_late_says_how_it_stands(cast: Cast, held: Review) -> None:
    client = cast.client("reviewer")
    client.post(f"/reviews/{held.pk}/approve/", form(held))
    age(held, 60)
    answer = client.post(f"/reviews/{held.pk}/undo/", follow=True)
    assert answer.redirect_chain == [(f"/reviews/{held.pk}/", 302)]
    assert "It is too late to take this decision back. Here is how it stands." in answer.content.decode()
    held.refresh_from_db()
    assert held.status == "APPROVED"


def test_who_has_it_now_keeps_it(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"})
    review = make_review(make_draft(waiting.draft.brief, "A tea for two."))
    judge(review, cast.reviewer)
    claim(actor=cast.second_reviewer, review=review)
    answer = undo(cast.client("reviewer"), review)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Second Reviewer has taken the text meanwhile and reviews it until" in text
    assert f'href="/reviews/{review.pk}/"' in text
    assert review.feedback.standing().count() == 1


def test_nothing_of_ones_own_is_nothing_to_take_back(cast: Cast, held: Review) -> None:
    cast.client("reviewer").post(f"/reviews/{held.pk}/approve/", form(held))
    answer = cast.client("second_reviewer").post(f"/reviews/{held.pk}/undo/", follow=True)
    assert "There is no decision of yours that can be taken back." in answer.content.decode()
    assert held.feedback.standing().count() == 1


@pytest.mark.parametrize(
    ("person", "status"), [("marketer", 403), ("lead", 403), ("auditor", 403), ("engineer", 403), ("outsider", 404)]
)
def test_who_may_not(cast: Cast, held: Review, person: str, status: int) -> None:
    cast.client("reviewer").post(f"/reviews/{held.pk}/approve/", form(held))
    assert undo(cast.client(person), held).status_code == status
    assert held.feedback.standing().count() == 1


def test_it_is_a_post(cast: Cast, held: Review) -> None:
    assert cast.client("reviewer").get(f"/reviews/{held.pk}/undo/").status_code == 405
