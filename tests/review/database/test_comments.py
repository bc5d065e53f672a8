"""Where a comment stands, and that it stays as it was said."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from generation.models import Draft
from review.models import Comment, Review
from tests.cast import Cast
from tests.factories import make_draft, make_review
from tests.review.database.writing import refused


def comment(review: Review, **fields: Any) -> Comment:
    said: dict[str, Any] = {"team": review.team, "draft": review.draft, "author": review.submitted_by, "text": "Why?"}
    return Comment.objects.create(review=review, **said | fields)


def test_a_marked_passage_lies_inside_the_text(waiting: Review) -> None:
    length = len(waiting.draft.text)
    assert comment(waiting, start=0, end=length).quote == waiting.draft.text
    with refused("the text of draft .* ends before"):
        comment(waiting, start=0, end=length + 1)
    spans: list[dict[str, Any]] = [{"start": 3, "end": 3}, {"start": 5, "end": 3}, {"start": 3}, {"end": 3}]
    for span in spans:
        with refused("comment_span_in_order|needs both its ends"):
            comment(waiting, **span)


def test_a_passage_counts_characters_not_bytes(cast: Cast, draft: Draft) -> None:
    review = make_review(make_draft(draft.brief, "春茶🍵é"))
    assert comment(review, start=2, end=3).quote == "🍵"
    with refused("ends before"):
        comment(review, start=2, end=len(review.draft.text) + 1)


def test_an_answer_belongs_to_a_thread_of_its_review(waiting: Review) -> None:
    other = make_review(make_draft(waiting.draft.brief, "Another tea."))
    first = comment(waiting)
    answer = comment(waiting, parent=first)
    for review, parent in ((other, first), (waiting, answer)):
        with refused("begins no thread"):
            comment(review, parent=parent)
    with refused("comment_span_in_order"):
        comment(waiting, parent=first, start=0, end=1)


def test_a_comment_keeps_its_words(cast: Cast, waiting: Review) -> None:
    said = comment(waiting)
    with refused("Cannot update rows"):
        Comment.objects.update(text="Never mind.")
    with refused("Cannot delete rows"):
        said.delete()
    with refused("comment_resolution_complete"):
        Comment.objects.update(resolved_at=Now())
    assert Comment.objects.update(resolved_by=cast.marketer, resolved_at=Now()) == 1
