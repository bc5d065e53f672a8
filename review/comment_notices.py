"""Who is told of a comment. Called inside the transaction in which it is written."""

from __future__ import annotations

from aigc_portal.accounts.models import User
from aigc_portal.notices.actions import notify
from review.models import Comment, Review
from review.notices import about
from review.visible_comments import comment_sight


def tell_of_comment(comment: Comment) -> None:
    """Of a mention those who are named; of the comment the others in its thread, the author of the text, whoever
    submitted it, and who holds the review. Only people who may read it, and without a name that they are not told."""
    review = comment.review
    thread = comment.parent or comment
    heard = {thread.author_id, *thread.answers.values_list("author_id", flat=True)}
    heard |= {review.draft.author_id, review.submitted_by_id}
    if review.status == Review.Status.IN_REVIEW and review.claimed_by_id is not None:
        heard.add(review.claimed_by_id)
    told: dict[tuple[str, bool], list[User]] = {}
    for person in User.objects.filter(pk__in={*heard, *comment.mentions} - {comment.author_id}, is_active=True):
        kind = "review.mentioned" if person.pk in comment.mentions else "review.commented"
        if (named := reads(person, comment, thread, review)) is not None:
            told.setdefault((kind, named), []).append(person)
    facts = about(review) | {"url": f"{review.get_absolute_url()}#thread-{thread.pk}"}
    for (kind, named), people in sorted(told.items(), key=lambda one: one[0]):
        notify(to=people, kind=kind, actor=comment.author if named else None, **facts)


def reads(person: User, comment: Comment, thread: Comment, review: Review) -> bool | None:
    """Whether the person is told who wrote it; None where they do not see it."""
    if not Review.for_reviewers.visible_to(person).filter(pk=review.pk).exists():
        return None
    seen = comment_sight(person, review)
    if not seen.hidden.isdisjoint({comment.author_id, thread.author_id}):
        return None
    return comment.author_id not in seen.nameless
