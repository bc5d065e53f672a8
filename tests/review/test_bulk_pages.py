"""The bar under the queue, the page on which one verdict decides on many texts, and what became of each."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.models import AuditEvent
from review.actions.claims import claim
from review.models import Feedback, ReasonCode, Review
from tests.cast import Cast, make_user
from tests.factories import make_brief, make_draft, make_gold, make_policy, make_review
from tests.generation.pages import idempotency_keys
from tests.review.people import also_reviewer
from tests.review.test_bulk import several

DECIDE, ASSIGN, PRIORITY, UNDO = (f"/reviews/selected/{act}/" for act in ("decide", "assign", "priority", "undo"))


def ids(reviews: list[Review]) -> list[int]:
    return [review.pk for review in reviews]


def confirmed(reviews: list[Review], decision: str = "APPROVED", **more: Any) -> dict[str, Any]:
    texts = {f"sha256-{review.pk}": review.current_draft.sha256 for review in reviews}
    return {"review": ids(reviews), "decision": decision, "confirmed": "1", **texts, **more}


def page(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


# --- The bar ---------------------------------------------------------------------------------------------------------


def test_the_bar_offers_what_its_reader_may_do(cast: Cast, waiting: Review) -> None:
    reviewer = page(cast.client("reviewer").get("/reviews/?language=en"))
    assert f'formaction="{DECIDE}?language=en"' in reviewer
    assert ASSIGN not in reviewer
    lead = page(cast.client("lead").get("/reviews/?language=en"))
    assert f'value="{cast.reviewer.pk}" formaction="{ASSIGN}?language=en">Reviewer</button>' in lead
    assert f'value="1" formaction="{PRIORITY}?language=en">Urgent</button>' in lead
    assert DECIDE not in lead
    assert f'value="{cast.outsider.pk}" formaction' not in lead


def test_enter_in_a_row_presses_no_button(cast: Cast, waiting: Review) -> None:
    """The first button of a form is the one that the Enter key presses."""
    form = page(cast.client("lead").get("/reviews/")).split('<form id="bulk"')[1]
    assert re.search(r"<button[^>]*>", form).group() == '<button type="submit" formmethod="dialog" hidden>'  # type: ignore[union-attr]


# --- Assigning and moving --------------------------------------------------------------------------------------------


def test_assigning_leads_back_to_the_queue(cast: Cast) -> None:
    reviews = several(cast, 2)
    client = cast.client("lead")
    answer = client.post(f"{ASSIGN}?language=en", {"review": ids(reviews), "person": cast.reviewer.pk}, follow=True)
    assert answer.redirect_chain == [("/reviews/?language=en", 302)]
    assert "2 texts are assigned to Reviewer." in page(answer)
    assert set(Review.objects.values_list("assigned_to", flat=True)) == {cast.reviewer.pk}
    answer = client.post(ASSIGN, {"review": ids(reviews[:1]), "person": "nobody"}, follow=True)
    assert "1 text is assigned to nobody." in page(answer)
    client.post(ASSIGN, {"review": ids(reviews), "person": "nobody"})
    assert set(Review.objects.values_list("assigned_to", flat=True)) == {None}


def test_moving(cast: Cast) -> None:
    reviews = several(cast, 2)
    answer = cast.client("lead").post(PRIORITY, {"review": ids(reviews), "priority": "1"}, follow=True)
    assert "2 texts have the priority Urgent." in page(answer)
    assert set(Review.objects.values_list("priority", flat=True)) == {1}


def test_what_could_not_be_done_is_listed_with_why(cast: Cast) -> None:
    fine, held = several(cast, 2)
    claim(actor=cast.second_reviewer, review=Review.objects.get(pk=held.pk))
    text = page(cast.client("lead").post(ASSIGN, {"review": ids([fine, held]), "person": cast.reviewer.pk}))
    for part in ("<title>1 done, 1 not", "Assign to Reviewer", "Second Reviewer is reviewing this text.", "Tea 0"):
        assert part in text, part


@pytest.mark.parametrize(
    ("address", "sent", "said"),
    [
        (ASSIGN, {"person": "nobody"}, "Select at least one text first."),
        (ASSIGN, {"review": "here"}, "Choose to whom the texts are assigned."),
        (ASSIGN, {"review": "here", "person": "999999"}, "This person does not review here any more."),
        (ASSIGN, {"review": "theirs", "person": "nobody"}, "not there any more"),
        (ASSIGN, {"review": "gold", "person": "nobody"}, "not there any more"),
        (PRIORITY, {"review": "no number", "priority": "1"}, "not there any more"),
        (PRIORITY, {"review": str(10**30), "priority": "1"}, "not there any more"),
        (PRIORITY, {"review": "here", "priority": "9"}, "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_changes_nothing(cast: Cast, address: str, sent: dict[str, str], said: str) -> None:
    (here,) = several(cast, 1)
    theirs = make_review(make_draft(make_brief(cast.outsider, cast.other_team)))
    known = {"here": here.pk, "theirs": theirs.pk, "gold": make_gold_review(cast, here).pk}
    sent = {name: str(known.get(value, value)) for name, value in sent.items()}
    before = AuditEvent.objects.filter(action__startswith="review.").count()
    answer = cast.client("lead").post(f"{address}?language=en", sent, follow=True)
    assert answer.redirect_chain == [("/reviews/?language=en", 302)]
    assert said in page(answer)
    assert AuditEvent.objects.filter(action__startswith="review.").count() == before


def make_gold_review(cast: Cast, like: Review) -> Review:
    """A text with a known answer, for the reviewer alone."""
    item = make_gold(like.draft, cast.lead)
    return Review.for_reviewers.create(
        team=cast.team,
        draft=item.draft,
        current_draft=item.draft,
        submitted_by=cast.marketer,
        due_at=like.due_at,
        policy=like.policy,
        gold=item,
        assigned_to=cast.reviewer,
    )


def test_at_most_a_hundred_and_each_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("review.forms.bulk_form.MOST", 2)
    reviews = several(cast, 3)
    client = cast.client("lead")
    answer = client.post(PRIORITY, {"review": ids(reviews), "priority": "1"}, follow=True)
    assert "Select at most 2 texts at a time." in page(answer)
    client.post(PRIORITY, {"review": [reviews[0].pk] * 3, "priority": "1"})
    assert AuditEvent.objects.filter(action="review.priority_changed").count() == 1


# --- Deciding --------------------------------------------------------------------------------------------------------


def test_every_text_is_shown_in_full_before_it_is_decided(cast: Cast) -> None:
    reviews = several(cast, 3)
    text = page(cast.client("reviewer").post(f"{DECIDE}?language=en", {"review": ids(reviews), "decision": "APPROVED"}))
    for review in reviews:
        for part in (review.draft.text, f'name="sha256-{review.pk}" value="{review.draft.sha256}"', "Picked in April"):
            assert part in text, part
    assert text.count("Approve 3 texts") == 3  # title, heading, button
    assert f'action="{DECIDE}?language=en"' in text
    assert len(idempotency_keys(text)) == 1
    assert "errorlist" not in text.replace('class="errorlist" data-', "")
    assert not Feedback.objects.exists()


def test_one_verdict_decides_on_all_of_them(cast: Cast, reason: ReasonCode) -> None:
    reviews = several(cast, 3)
    sent = confirmed(reviews, "REJECTED", reasons=["inaccurate"], comment="Too loud.")
    text = page(cast.client("reviewer").post(f"{DECIDE}?language=en", sent))
    assert "<title>3 done" in text
    assert 'href="/reviews/?language=en"' in text
    assert set(Review.objects.values_list("status", flat=True)) == {"REJECTED"}
    assert AuditEvent.objects.filter(action="review.rejected").count() == 3
    assert f'action="{UNDO}?language=en" data-undo=' in text


def test_a_text_is_left_out(cast: Cast) -> None:
    first, second, third = several(cast, 3)
    sent = confirmed([first, second, third], without=str(second.pk), comment="Kept.")
    answer = cast.client("reviewer").post(DECIDE, sent)
    text = page(answer)
    assert (answer.status_code, "Approve 2 texts" in text, "Kept." in text) == (200, True, True)
    assert second.draft.text not in text
    assert not Feedback.objects.exists()


def test_what_one_cannot_decide_on_is_named_with_why(cast: Cast) -> None:
    fine, held, assigned = several(cast, 3)
    claim(actor=cast.second_reviewer, review=Review.objects.get(pk=held.pk))
    Review.objects.filter(pk=assigned.pk).update(assigned_to=cast.third_reviewer)
    also_reviewer(cast.second_marketer, cast.team)
    own = make_review(make_draft(make_brief(cast.second_marketer, cast.team, "Own tea"), "My own."))
    text = page(
        cast.client("second_marketer").post(
            DECIDE, {"review": [*ids([fine, held, assigned]), own.pk], "decision": "APPROVED"}
        )
    )
    for part in (
        "Approve 1 text",
        "3 texts that you cannot decide on",
        "Second Reviewer is reviewing it.",
        "It is assigned to Third Reviewer.",
        "You asked for this text or wrote a part of it.",
    ):
        assert part in text, part
    assert "My own." not in text
    assert not AuditEvent.objects.filter(action="review.four_eyes_refused").exists()
    none = page(cast.client("second_marketer").post(DECIDE, {"review": [own.pk], "decision": "APPROVED"}))
    assert "None of these texts is yours to decide on" in none


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"decision": "REJECTED"}, "Choose at least one reason"),
        ({"decision": "REJECTED", "reasons": "theirs"}, "theirs"),
        ({"decision": "APPROVED"}, "Check the facts of the texts first"),
    ],
)
def test_what_does_not_fit_comes_back(cast: Cast, reason: ReasonCode, sent: dict[str, str], said: str) -> None:
    make_policy(cast.team, fact_check=True)
    reviews = several(cast, 2)
    answer = cast.client("reviewer").post(DECIDE, confirmed(reviews) | sent | {"comment": "Kept words"})
    text = page(answer)
    assert answer.status_code == 422
    for part in (said, "Kept words", reviews[0].draft.text, "Nothing was saved yet"):
        assert part in text, part
    assert not Feedback.objects.exists()


def test_a_text_that_changed_is_pointed_out(cast: Cast, reason: ReasonCode) -> None:
    reviews = several(cast, 2)
    sent = confirmed(reviews, "REJECTED") | {f"sha256-{reviews[0].pk}": "0" * 64}
    text = page(cast.client("reviewer").post(DECIDE, sent))
    assert text.count("This text changed since you saw it.") == 1
    answer = cast.client("reviewer").post(DECIDE, sent | {"reasons": "inaccurate"})
    assert "The text changed since you opened it. Nothing was decided." in page(answer)
    assert sorted(Review.objects.values_list("status", flat=True)) == ["PENDING", "REJECTED"]


def test_the_same_form_twice_decides_once(cast: Cast) -> None:
    reviews = several(cast, 2)
    client = cast.client("reviewer")
    (key,) = idempotency_keys(page(client.post(DECIDE, {"review": ids(reviews), "decision": "APPROVED"})))
    answers = [client.post(DECIDE, confirmed(reviews, idempotency_key=key)).content for _attempt in range(2)]
    assert answers[0] == answers[1]
    assert Feedback.objects.count() == 2


def test_texts_of_two_teams_are_decided_apart(cast: Cast) -> None:
    also_reviewer(cast.outsider, cast.team)
    theirs = make_review(make_draft(make_brief(make_author(cast), cast.other_team)))
    (ours,) = several(cast, 1)
    answer = cast.client("outsider").post(DECIDE, {"review": [ours.pk, theirs.pk], "decision": "APPROVED"}, follow=True)
    assert "Select texts of one team" in page(answer)


def make_author(cast: Cast) -> User:
    return make_user("their marketer", cast.other_team, Role.MARKETER)


def test_a_known_answer_is_told_after_the_verdict_and_not_before(cast: Cast, waiting: Review) -> None:
    gold = Review.for_reviewers.with_subject().get(pk=make_gold_review(cast, waiting).pk)
    client = cast.client("reviewer")
    before = page(client.post(DECIDE, {"review": [gold.pk, waiting.pk], "decision": "APPROVED"}))
    assert ("known" in before, "Approve 2 texts" in before) == (False, True)
    after = page(client.post(DECIDE, confirmed([gold, waiting])))
    assert "This text had a known answer: Rejected. It says what is not so." in after
    assert f'name="review" value="{waiting.pk}"' in after
    assert f'name="review" value="{gold.pk}"' not in after


def test_undoing_all_of_it(cast: Cast) -> None:
    reviews = several(cast, 2)
    client = cast.client("reviewer")
    client.post(DECIDE, confirmed(reviews))
    text = page(client.post(UNDO, {"review": ids(reviews)}))
    assert ("<title>2 done" in text, "Taken back" in text, "data-undo" in text) == (True, True, False)
    assert set(Review.objects.values_list("status", flat=True)) == {"PENDING"}


@pytest.mark.parametrize("address", [ASSIGN, PRIORITY, DECIDE, UNDO])
def test_who_may(cast: Cast, waiting: Review, address: str) -> None:
    sent = {"review": waiting.pk, "person": "nobody", "priority": "1", "decision": "APPROVED"}
    allowed = {"lead"} if address in (ASSIGN, PRIORITY) else {"reviewer"}
    for name in ("marketer", "auditor", "engineer", "admin", "lead", "reviewer"):
        status = cast.client(name).post(address, sent).status_code
        assert (name, status == 403) == (name, name not in allowed)
    answer = cast.client("outsider").post(address, sent, follow=True)
    assert "not there any more" in page(answer)
    assert waiting.draft.text not in page(answer)
    assert cast.client("lead").get(address).status_code == 405
    waiting.refresh_from_db()
    assert waiting.status == "PENDING"


def test_the_page_costs_the_same_for_every_number_of_texts(cast: Cast) -> None:
    client = cast.client("reviewer")

    def cost(number: int) -> int:
        reviews = several(cast, number, f"Of {number}")
        Review.objects.filter(pk=reviews[0].pk).update(assigned_to=cast.second_reviewer)
        with CaptureQueriesContext(connection) as queries:
            client.post(DECIDE, {"review": ids(reviews), "decision": "REJECTED"})
        return len(queries)

    assert cost(2) == cost(5)
