"""Threads on the desk: what a reader sees, and what comes back where a comment was refused."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.accounts.models import User
from generation.models import Draft
from generation.spans import Span
from review.actions.comments import resolve_thread
from review.actions.submission import withdraw
from review.models import Comment, Review
from review.threads import threads_context
from tests.cast import Cast
from tests.factories import make_brief, make_draft, make_policy, make_reason, make_review
from tests.review.judging import judge
from tests.review.talking import say

NASTY = "<script>alert(1)</script>"
HTMX = {"HX-Request": "true"}


def page(cast: Cast, person: str, review: Review) -> str:
    answer = cast.client(person).get(f"/reviews/{review.pk}/")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def post(cast: Cast, person: str, path: str, htmx: bool = True, **fields: Any) -> Any:
    return cast.client(person).post(path, fields, headers=HTMX if htmx else {})


def first(review: Review, **fields: Any) -> dict[str, Any]:
    """What the form of a new thread sends."""
    now = Review.objects.get(pk=review.pk)
    return {"sha256": now.current_draft.sha256, "text": "Really?", "start": "", "end": "", "quote": "", **fields}


@pytest.fixture
def blind(cast: Cast, draft: Draft) -> Review:
    """Under two reviewers who do not see each other; with a thread of the reviewer that the marketer answered."""
    make_reason(cast.team)
    make_policy(cast.team, {"reviewers": 2, "rule": "unanimous"}, blind=True)
    review = make_review(draft)
    thread = say(review, cast.reviewer, "Since when?", passage="fresh")
    say(review, cast.marketer, "Since April.", parent=thread)
    return review


def test_a_thread_beside_the_text_that_it_marks(cast: Cast, held: Review) -> None:
    thread = say(held, cast.marketer, f"@Reviewer {NASTY}\nHm?", passage="spring tea")
    say(held, cast.lead, "I think so.", parent=thread)
    answer = cast.client("reviewer").get(f"/reviews/{held.pk}/")
    text = answer.content.decode()
    assert f'data-spans="c{thread.pk}"' in text
    assert f'id="thread-{thread.pk}" data-thread="c{thread.pk}"' in text
    assert '<span class="mentioned">@Reviewer</span>' in text
    assert "I think so." in text
    assert NASTY not in text
    assert "data-selectable" in text
    assert f'data-autosave="comment:{cast.reviewer.pk}:{held.pk}"' in text
    assert f'data-autosave="comment:{cast.reviewer.pk}:{held.pk}:{thread.pk}"' in text


@pytest.mark.parametrize("person", ["auditor", "engineer", "admin"])
def test_others_read_and_write_nothing(cast: Cast, waiting: Review, person: str) -> None:
    assert 'id="threads"' not in page(cast, person, waiting)
    say(waiting, cast.reviewer, "Really?", passage="spring")
    text = page(cast, person, waiting)
    assert "Really?" in text
    for part in ("data-comment-form", "data-selectable", "/resolve/"):
        assert part not in text


def test_the_empty_state_says_what_to_do(cast: Cast, waiting: Review) -> None:
    assert "Nobody has commented yet." in page(cast, "second_marketer", waiting)


def test_a_resolved_thread_is_folded_away_and_marks_nothing(cast: Cast, waiting: Review) -> None:
    thread = say(waiting, cast.reviewer, passage="spring")
    resolve_thread(actor=cast.marketer, thread=thread)
    text = page(cast, "reviewer", waiting)
    assert "1 resolved thread" in text
    assert "resolved by Marketer" in text
    assert "data-spans" not in text


def test_threads_stand_in_the_order_of_the_text(cast: Cast, waiting: Review) -> None:
    whole = say(waiting, cast.reviewer)
    late = say(waiting, cast.reviewer, passage="tea")
    early = say(waiting, cast.reviewer, passage="fresh")
    threads = threads_context(cast.reviewer, Review.objects.with_subject().get(pk=waiting.pk))["threads"]
    assert [thread.pk for thread in threads.open] == [early.pk, late.pk, whole.pk]


def test_on_the_earlier_text(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, {"reviewers": 2})
    review = make_review(make_draft(waiting.draft.brief, "A tea for two."))
    say(review, cast.marketer, "How many?", passage="two")
    judge(review, cast.reviewer, text="A tea for three.")
    text = page(cast, "second_reviewer", review)
    assert "on the earlier text" in text
    assert '<q class="quoted" lang="en">two</q>' in text
    assert "data-spans" not in text


def test_other_spans_are_marked_besides(cast: Cast, waiting: Review) -> None:
    say(waiting, cast.reviewer, passage="fresh spring")
    review = Review.objects.with_subject().get(pk=waiting.pk)
    finding = Span(2, 7, "finding-warn", "Vague", "f1")
    pieces = threads_context(cast.reviewer, review, further=[finding])["marked"]
    assert "".join(piece.text for piece in pieces) == waiting.draft.text
    assert [piece.kinds for piece in pieces] == [[], ["comment", "finding-warn"], ["comment"], []]


@pytest.mark.parametrize(
    ("person", "thread", "answer", "name"),
    [
        ("reviewer", True, True, True),
        ("second_reviewer", False, False, False),
        ("marketer", True, True, False),
        ("second_marketer", True, True, False),
        ("engineer", True, True, False),
        ("lead", True, True, True),
        ("auditor", True, True, True),
    ],
)
def test_reviewers_who_judge_blindly_read_no_other_reviewer(
    cast: Cast, blind: Review, person: str, thread: bool, answer: bool, name: bool
) -> None:
    seen = threads_context(getattr(cast, person), Review.objects.with_subject().get(pk=blind.pk))
    shown = page(cast, person, blind)
    assert ("Since when?" in shown, "Since April." in shown) == (thread, answer)
    names = [one.first.author and one.first.author.name for one in (seen["threads"].open if seen["threads"] else [])]
    assert names == ([("Reviewer" if name else None)] if thread else [])
    judge(blind, cast.second_reviewer)
    judge(blind, cast.reviewer)
    assert "Since when?" in page(cast, "second_reviewer", blind)


def test_the_authors_comments_are_seen_and_others_answers_to_them_are_not(cast: Cast, blind: Review) -> None:
    thread = say(blind, cast.marketer, "Is it short enough?")
    say(blind, cast.reviewer, "No.", parent=thread)
    text = page(cast, "second_reviewer", blind)
    assert "Is it short enough?" in text
    assert ">No.<" not in text
    assert "Other reviewers read this once the review is decided." in text
    people = threads_context(cast.second_reviewer, Review.objects.with_subject().get(pk=blind.pk))["threads"].people
    assert '"Reviewer"' not in people.replace('"roles": "Reviewer"', "")
    assert '"name": "Marketer"' in people
    assert post(cast, "second_reviewer", f"/reviews/{blind.pk}/comments/{thread.pk}/", text="Yes.").status_code == 200


@pytest.mark.parametrize("act", ["", "resolve/", "reopen/"])
def test_a_thread_that_is_not_seen_is_not_there(cast: Cast, blind: Review, act: str) -> None:
    thread = blind.comments.get(parent=None)
    path = f"/reviews/{blind.pk}/comments/{thread.pk}/{act}"
    assert post(cast, "second_reviewer", path, text="Hm.").status_code == 404


def test_an_adjudicator_reads_without_names(cast: Cast, blind: Review) -> None:
    judge(blind, cast.reviewer)
    judge(blind, cast.second_reviewer, "REJECTED")
    seen = threads_context(cast.third_reviewer, Review.objects.with_subject().get(pk=blind.pk))["threads"]
    assert [(one.first.comment.text, one.first.author) for one in seen.open] == [("Since when?", None)]


def test_a_comment_answers_with_the_threads_and_the_marked_text(cast: Cast, waiting: Review) -> None:
    sent = first(waiting, start=2, end=7, quote="fresh", text="How fresh?\r\nVery?")
    answer = post(cast, "reviewer", f"/reviews/{waiting.pk}/comments/", **sent)
    comment = Comment.objects.get()
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f'data-current="c{comment.pk}"' in text
    assert '<div id="draft-marks" hx-swap-oob="true">' in text
    assert f'data-spans="c{comment.pk}"' in text
    assert "<script" not in text
    assert comment.text == "How fresh?\nVery?"


def test_without_scripts_the_page_opens_at_the_thread(cast: Cast, waiting: Review) -> None:
    path = f"/reviews/{waiting.pk}/comments/"
    answer = post(cast, "reviewer", f"{path}?channel=social", htmx=False, **first(waiting))
    comment = Comment.objects.get()
    assert answer.headers["Location"] == f"/reviews/{waiting.pk}/?channel=social#thread-{comment.pk}"
    for act in ("", "resolve/", "reopen/"):
        answer = post(cast, "marketer", f"{path}{comment.pk}/{act}", htmx=False, text="Yes.")
        assert answer.headers["Location"] == f"/reviews/{waiting.pk}/#thread-{comment.pk}"
    assert comment.answers.count() == 1


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"text": " "}, "Write something first."),
        ({"text": "x" * 4001}, "A comment has at most 4000 characters; this one has 4001."),
        ({"start": 2, "end": 900, "quote": "fresh"}, "no passage from character 2 to 900"),
        ({"start": 7, "end": 2, "quote": "fresh"}, "no passage from character 7 to 2"),
        ({"start": 3, "end": 8, "quote": "fresh"}, "The marked passage reads “resh ”, not “fresh”."),
        ({"start": "one", "end": 8, "quote": "fresh"}, "The passage cannot be found."),
        ({"text": "a\0b"}, "Null characters are not allowed."),
    ],
)
def test_what_was_typed_comes_back(cast: Cast, waiting: Review, sent: dict[str, Any], problem: str, htmx: bool) -> None:
    answer = post(cast, "reviewer", f"/reviews/{waiting.pk}/comments/", htmx, **first(waiting, **sent))
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert problem in text
    assert (sent.get("text") or "Really?").strip() in text
    assert ("<!doctype html>" in text) is not htmx
    assert not Comment.objects.exists()


def test_an_answer_that_was_refused_comes_back_in_its_thread(cast: Cast, waiting: Review) -> None:
    thread = say(waiting, cast.marketer)
    answer = post(cast, "reviewer", f"/reviews/{waiting.pk}/comments/{thread.pk}/", text="x" * 4001)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "x" * 4001 in text.partition(f'id="answer-{thread.pk}"')[2]


@pytest.mark.parametrize(
    ("quote", "wanted"),
    [
        ("tea", ["Your comment was not sent yet.", "marked where it stands now", 'value="8"', 'value="11"']),
        ("two", ["Your comment was not sent yet.", "“two” does not stand there any more"]),
        ("", ["Your comment was not sent yet. Look at the text as it is now"]),
    ],
)
def test_a_stale_text_answers_with_the_present_one(cast: Cast, waiting: Review, quote: str, wanted: list[str]) -> None:
    make_policy(cast.team, {"reviewers": 2})
    review = make_review(make_draft(waiting.draft.brief, "A tea for two."))
    start = review.draft.text.index(quote) if quote else ""
    sent = first(review, quote=quote, start=start, end=start + len(quote) if isinstance(start, int) else "")
    judge(review, cast.reviewer, text="A fresh tea for three.")
    answer = post(cast, "second_reviewer", f"/reviews/{review.pk}/comments/", **sent)
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    for part in [*wanted, "Really?", "A fresh tea for three."]:
        assert part in text, part
    review.refresh_from_db()
    assert f'name="sha256" value="{review.current_draft.sha256}"' in text
    assert not Comment.objects.exists()


@pytest.mark.parametrize("htmx", [True, False])
def test_a_comment_that_comes_after_the_withdrawal_can_be_copied(cast: Cast, waiting: Review, htmx: bool) -> None:
    sent = first(waiting, text="A long thought.")
    withdraw(actor=cast.marketer, review=waiting)
    answer = post(cast, "reviewer", f"/reviews/{waiting.pk}/comments/", htmx, **sent)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "A long thought." in text
    assert "withdrawn from review" in text
    assert "data-comment-form" not in text


def test_who_was_slower_sees_how_it_stands(cast: Cast, waiting: Review) -> None:
    thread = say(waiting, cast.reviewer)
    resolve_thread(actor=cast.marketer, thread=thread)
    answer = post(cast, "reviewer", f"/reviews/{waiting.pk}/comments/{thread.pk}/resolve/")
    assert answer.status_code == 409
    assert "This thread is resolved already." in answer.content.decode()
    assert "/reopen/" in answer.content.decode()


@pytest.mark.parametrize("act", ["", "1/", "1/resolve/", "1/reopen/"])
def test_who_may_not(cast: Cast, waiting: Review, act: str) -> None:
    path = f"/reviews/{waiting.pk}/comments/{act}"
    for person in ("auditor", "engineer", "admin"):
        assert post(cast, person, path, **first(waiting)).status_code == 403
    assert post(cast, "outsider", path, **first(waiting)).status_code == 404
    assert cast.client("reviewer").get(path).status_code == 405


def test_a_thread_of_another_review_is_not_there(cast: Cast, waiting: Review) -> None:
    other = make_review(make_draft(make_brief(cast.marketer, cast.team, "Other"), "Another tea."))
    thread = say(other, cast.reviewer)
    assert post(cast, "reviewer", f"/reviews/{waiting.pk}/comments/{thread.pk}/", text="x").status_code == 404


def test_the_people_whom_the_page_offers(cast: Cast, waiting: Review) -> None:
    User.objects.filter(pk=cast.engineer.pk).update(is_active=False)
    people = threads_context(cast.reviewer, Review.objects.with_subject().get(pk=waiting.pk))["threads"].people
    for name in ("Marketer", "Second Reviewer", "Lead", "Auditor"):
        assert f'"name": "{name}"' in people
    for name in ("Engineer", "Outsider", "Reviewer"):
        assert f'"name": "{name}"' not in people


@pytest.mark.parametrize("policy", [False, True])
def test_the_count_of_queries_does_not_depend_on_the_threads(cast: Cast, draft: Draft, policy: bool) -> None:
    make_policy(cast.team, {"reviewers": 2}, blind=policy)
    review = make_review(draft)

    def queries() -> int:
        client = cast.client("second_reviewer")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/reviews/{review.pk}/").status_code == 200
        return len(captured)

    def talk() -> None:
        thread = say(review, cast.marketer, "@Lead?", passage="tea")
        say(review, cast.lead, "@Marketer!", parent=thread)
        resolve_thread(actor=cast.lead, thread=say(review, cast.second_marketer, "@Admin", passage="spring"))

    talk()
    few = queries()
    for _ in range(4):
        talk()
    assert queries() == few
