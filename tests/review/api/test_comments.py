"""Comments over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aigc_portal.audit.models import AuditEvent
from generation.models import Draft
from review.models import Comment, Review
from tests.api_client import Api
from tests.cast import Cast
from tests.factories import make_draft, make_gold, make_policy, make_review
from tests.review.judging import judge
from tests.review.talking import say


def rows(user: Any, review: Review, **filters: Any) -> list[dict[str, Any]]:
    answer = Api(user).get(f"reviews/{review.pk}/comments/", **filters)
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def test_a_thread_an_answer_and_its_end(cast: Cast, waiting: Review) -> None:
    path, sha256 = f"reviews/{waiting.pk}/comments/", waiting.draft.sha256
    said = {"sha256": sha256, "text": "@Marketer, how fresh?", "start": 2, "end": 7, "quote": "fresh"}
    answer = Api(cast.reviewer).post(path, said)
    assert answer.status_code == 201
    thread = answer.json()
    assert thread == {
        "id": thread["id"],
        "review": waiting.pk,
        "thread": None,
        "draft": waiting.draft.pk,
        "on_current_text": True,
        "author": {"id": cast.reviewer.pk, "name": "Reviewer"},
        "text": "@Marketer, how fresh?",
        "start": 2,
        "end": 7,
        "quote": "fresh",
        "mentions": [cast.marketer.pk],
        "created_at": thread["created_at"],
        "resolved_by": None,
        "resolved_at": None,
    }
    reply = Api(cast.marketer).post(path, {"text": "Very.", "thread": thread["id"]}).json()
    assert (reply["thread"], reply["quote"], reply["start"]) == (thread["id"], "", None)
    resolved = Api(cast.marketer).post(f"comments/{thread['id']}/resolve/").json()
    assert resolved["resolved_by"] == {"id": cast.marketer.pk, "name": "Marketer"}
    assert [row["id"] for row in rows(cast.auditor, waiting)] == [reply["id"], thread["id"]]
    assert [row["id"] for row in rows(cast.auditor, waiting, resolved="true")] == [thread["id"]]
    assert rows(cast.auditor, waiting, resolved="false") == []
    assert [row["id"] for row in rows(cast.auditor, waiting, thread=thread["id"])] == [reply["id"]]
    assert Api(cast.reviewer).post(f"comments/{thread['id']}/reopen/").json()["resolved_at"] is None
    actions = ["review.commented", "review.commented", "review.thread_resolved", "review.thread_reopened"]
    found = AuditEvent.objects.filter(action__in=set(actions)).order_by("pk")
    assert list(found.values_list("action", flat=True)) == actions


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"start": 2, "end": 900, "quote": "fresh"}, "no_such_passage"),
        ({"start": 7, "end": 2, "quote": "fresh"}, "no_such_passage"),
        ({"start": 2, "quote": "fresh"}, "passage_incomplete"),
        ({"start": 3, "end": 8, "quote": "fresh"}, "other_passage"),
        ({"text": ""}, "invalid_input"),
        ({"text": " "}, "empty_comment"),
        ({"start": -1, "end": 3}, "invalid_input"),
        ({"thread": 0}, "no_such_thread"),
        ({"parent": 1}, "invalid_input"),
    ],
)
def test_what_cannot_be_kept(cast: Cast, waiting: Review, sent: dict[str, Any], code: str) -> None:
    body = {"text": "Hm?", "sha256": waiting.draft.sha256, **sent}
    answer = Api(cast.reviewer).post(f"reviews/{waiting.pk}/comments/", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not Comment.objects.exists()


def test_another_text_by_now(cast: Cast, waiting: Review) -> None:
    answer = Api(cast.reviewer).post(f"reviews/{waiting.pk}/comments/", {"text": "Hm?", "sha256": "0" * 64})
    assert (answer.status_code, answer.json()["code"]) == (409, "other_text")
    assert answer.json()["current"] == {"draft": waiting.draft.pk, "sha256": waiting.draft.sha256}


def test_on_an_earlier_text(cast: Cast, waiting: Review) -> None:
    make_policy(cast.team, {"reviewers": 2})
    review = make_review(make_draft(waiting.draft.brief, "A tea for two."))
    say(review, cast.marketer, passage="two")
    judge(review, cast.reviewer, text="A tea for three.")
    (row,) = rows(cast.engineer, review)
    assert (row["on_current_text"], row["quote"]) == (False, "two")


def test_a_repeat_with_its_key_is_the_same_comment(cast: Cast, waiting: Review) -> None:
    body = {"text": "Hm?", "sha256": waiting.draft.sha256}
    api = Api(cast.reviewer)
    ids = {api.post(f"reviews/{waiting.pk}/comments/", body, Idempotency_Key="once").json()["id"] for _ in range(2)}
    assert len(ids) == Comment.objects.count() == 1


def test_reviewers_are_kept_apart_as_on_the_pages(cast: Cast, draft: Draft) -> None:
    make_policy(cast.team, {"reviewers": 2}, blind=True)
    review = make_review(draft)
    thread = say(review, cast.reviewer)
    say(review, cast.marketer, "Yes.", parent=thread)
    assert [row["author"] for row in rows(cast.marketer, review)] == [
        {"id": cast.marketer.pk, "name": "Marketer"},
        None,
    ]
    assert [row["author"]["name"] for row in rows(cast.lead, review)] == ["Marketer", "Reviewer"]
    assert rows(cast.second_reviewer, review) == []
    body = {"text": "No.", "thread": thread.pk}
    assert Api(cast.second_reviewer).post(f"reviews/{review.pk}/comments/", body).json()["code"] == "no_such_thread"
    for act in ("resolve", "reopen"):
        assert Api(cast.second_reviewer).post(f"comments/{thread.pk}/{act}/").status_code == 404


def test_an_answer_is_no_thread(cast: Cast, waiting: Review) -> None:
    answer = say(waiting, cast.marketer, parent=say(waiting, cast.reviewer))
    assert Api(cast.reviewer).post(f"comments/{answer.pk}/resolve/").status_code == 404


def test_talk_about_a_text_with_a_known_answer_is_its_reviewers(cast: Cast, waiting: Review) -> None:
    judge(waiting, cast.second_reviewer)
    gold = make_gold(waiting.draft, cast.lead)
    fields = {"team": cast.team, "draft": waiting.draft, "current_draft": waiting.draft, "policy": waiting.policy}
    review = Review.for_reviewers.create(
        **fields, gold=gold, assigned_to=cast.reviewer, submitted_by=cast.marketer, due_at=waiting.due_at
    )
    thread = say(review, cast.reviewer)
    assert len(rows(cast.reviewer, review)) == 1
    for person in (cast.second_reviewer, cast.marketer, cast.lead):
        assert Api(person).get(f"reviews/{review.pk}/comments/").status_code == 404
        assert Api(person).post(f"comments/{thread.pk}/resolve/").status_code == 404


def test_the_count_of_queries_does_not_depend_on_the_rows(cast: Cast, waiting: Review) -> None:
    def queries() -> int:
        caller = Api(cast.second_reviewer)
        with CaptureQueriesContext(connection) as captured:
            assert caller.get(f"reviews/{waiting.pk}/comments/").status_code == 200
        return len(captured)

    say(waiting, cast.reviewer)
    few = queries()
    for _ in range(4):
        say(waiting, cast.marketer, "@Lead", parent=say(waiting, cast.reviewer, passage="tea"))
    assert queries() == few
