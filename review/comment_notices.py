"""Who is told of a comment. Called inside the transaction in which it is written."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Prefetch

from aigc_portal.accounts.models import Membership, Role, User
from aigc_portal.notices.actions import notify
from review.models import Comment, Review
from review.notices import about
from review.standing import standing
from review.visible_comments import CommentSight, comment_sight, judges_of


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
    for person, seen in readers(review, {*heard, *comment.mentions} - {comment.author_id}):
        if seen.hidden.isdisjoint({comment.author_id, thread.author_id}):
            kind = "review.mentioned" if person.pk in comment.mentions else "review.commented"
            told.setdefault((kind, comment.author_id not in seen.nameless), []).append(person)
    facts = about(review) | {"url": f"{review.get_absolute_url()}#thread-{thread.pk}"}
    for (kind, named), people in sorted(told.items(), key=lambda one: one[0]):
        notify(to=people, kind=kind, actor=comment.author if named else None, **facts)


def readers(review: Review, ids: set[int]) -> Iterator[tuple[User, CommentSight]]:
    """Who of these may open the review, each with what they see of the talk; as many queries for one as for many."""
    judges = judges_of(review) if review.policy.blind else frozenset()
    for person in team_members(review.team_id, ids):
        known_answer = review.gold_id is not None and review.assigned_to_id != person.pk
        if known_answer and not person.has_role(review.team_id, Role.LEAD):
            continue
        groups = frozenset(group.pk for group in person.review_groups.all())
        yield person, comment_sight(person, review, standing(person, review, groups), judges)


def team_members(team_id: int, ids: set[int]) -> list[User]:
    """With their roles and review groups, so that nobody has to be asked about alone."""
    memberships = Membership.objects.select_related("team").order_by("team__name", "role")
    people = User.objects.filter(pk__in=ids, is_active=True, memberships__team=team_id).distinct().order_by("pk")
    found = list(people.prefetch_related(Prefetch("memberships", memberships), "review_groups"))
    for person in found:
        person.memberships_by_team = list(person.memberships.all())
    return found
