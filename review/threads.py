"""The threads of comments on a review as one reader sees them, and the text with its marked passages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from aigc_portal.accounts.models import Membership, Role, User
from generation.models import Draft
from generation.spans import Piece, Span, marked_pieces
from review.actions.comments import MAY_COMMENT
from review.mentions import mentions_in, names_of
from review.models import Comment, Review
from review.standing import Standing
from review.visible_comments import CommentSight, comment_sight, judges_of, keeps_apart

LONGEST_LABEL = 120


@dataclass(frozen=True)
class TypedComment:
    """What stands in a form: nothing yet, or what was sent and refused, with the reason."""

    text: str = ""
    start: int | None = None
    end: int | None = None
    quote: str = ""
    error: str = ""


@dataclass(frozen=True)
class SeenComment:
    """`author` is None where the reader is not told; `pieces` are the text cut at its mentions."""

    comment: Comment
    author: User | None
    pieces: list[Piece]


@dataclass(frozen=True)
class Thread:
    """`on_current`: about the text as it stands now. `typed` is in the form of the answer."""

    first: SeenComment
    answers: list[SeenComment]
    on_current: bool
    resolver: User | None
    typed: TypedComment

    @property
    def pk(self) -> int:
        return self.first.comment.pk

    @property
    def key(self) -> str:
        return f"c{self.pk}"

    @property
    def place(self) -> tuple[bool, bool, int, int]:
        """Passages in the order of the text, then what is about the whole text, last what is about an earlier one."""
        start = self.first.comment.start
        return not self.on_current, start is None, start or 0, self.pk

    @property
    def span(self) -> Span | None:
        """Its mark in the present text."""
        said = self.first.comment
        if said.start is None or said.end is None or not self.on_current or said.resolved_at is not None:
            return None
        who = self.first.author or _("A reviewer")
        label = f"{who}: {said.text}"
        return Span(said.start, said.end, "comment", label[:LONGEST_LABEL], self.key)


@dataclass(frozen=True)
class Threads:
    """`people` is for the page's script: who can be mentioned, each with the roles. `kept_apart` warns a reviewer that
    other reviewers do not read along. `current` is the thread that something happened in, `problem` why it did not."""

    open: list[Thread]
    resolved: list[Thread]
    may_comment: bool
    people: str = "[]"
    kept_apart: bool = False
    typed: TypedComment = field(default_factory=TypedComment)
    current: int | None = None
    problem: str = ""

    @property
    def spans(self) -> list[Span]:
        return [span for thread in self.open if (span := thread.span)]


def threads_context(
    user: User,
    review: Review,
    *,
    reader: Standing | None = None,
    typed: TypedComment | None = None,
    current: int | None = None,
    problem: str = "",
    further: Iterable[Span] = (),
) -> dict[str, Any]:
    """`threads` (None where there are none and the reader can begin none) and `marked`, the text in pieces.

    `typed` is what was sent and refused: in the thread `current`, or for a new one. `further` spans are marked in the
    text besides the comments.
    """
    may_comment = review.status != Review.Status.WITHDRAWN and user.has_role(review.team_id, *MAY_COMMENT)
    seen = comment_sight(user, review, reader)
    found = seen_threads(review, seen, {current: typed} if typed and current else {})
    threads = Threads(
        open=sorted((one for one in found if one.first.comment.resolved_at is None), key=lambda one: one.place),
        resolved=[one for one in found if one.first.comment.resolved_at is not None],
        may_comment=may_comment,
        people=json.dumps(mentionable(user, review), ensure_ascii=False) if may_comment else "[]",
        kept_apart=may_comment and bool(seen.hidden),
        typed=typed if typed and current is None else TypedComment(),
        current=current,
        problem=problem,
    )
    shown = threads if found or may_comment or typed else None
    return {"threads": shown, "marked": marked_text(review.current_draft, threads.spans, further)}


def marked_text(draft: Draft, spans: Sequence[Span], further: Iterable[Span] = ()) -> list[Piece]:
    """The text with the passages that are talked about, and whatever else is to be marked in it."""
    return marked_pieces(draft.text, [*spans, *further])


def seen_threads(review: Review, seen: CommentSight, typed: dict[int, TypedComment]) -> list[Thread]:
    """Oldest first, in a constant number of queries."""
    found = [one for one in Comment.objects.threads_of(review) if one.author_id not in seen.hidden]
    answers = {one.pk: [answer for answer in one.answers.all() if answer.author_id not in seen.hidden] for one in found}
    everything = [*found, *(answer for some in answers.values() for answer in some)]
    named = {pk for comment in everything for pk in comment.mentions}
    names = names_of(User.objects.filter(pk__in=named)) if named else {}

    def shown(comment: Comment) -> SeenComment:
        return SeenComment(comment, seen.name(comment.author), pieces_of(comment, names))

    return [
        Thread(
            first=shown(one),
            answers=[shown(answer) for answer in answers[one.pk]],
            on_current=one.draft_id == review.current_draft_id,
            resolver=seen.name(one.resolved_by),
            typed=typed.get(one.pk, TypedComment()),
        )
        for one in found
    ]


def pieces_of(comment: Comment, names: dict[int, str]) -> list[Piece]:
    mentioned = mentions_in(comment.text, {pk: names[pk] for pk in comment.mentions if pk in names})
    return marked_pieces(comment.text, [Span(one.start, one.end, "mention", "", "") for one in mentioned])


def mentionable(user: User, review: Review) -> list[dict[str, str]]:
    """Names of the others in the team who would be told, with their roles. One query, two under a blind policy."""
    roles: dict[int, list[Role]] = {}
    names: dict[int, str] = {}
    held = Membership.objects.filter(team=review.team_id, user__is_active=True).exclude(user=user)
    for membership in held.select_related("user").order_by("user__name", "user_id"):
        names[membership.user_id] = str(membership.user)
        roles.setdefault(membership.user_id, []).append(Role(membership.role))
    judges = judges_of(review) if keeps_apart(review) else frozenset()
    apart = judges if user.pk in judges else frozenset()
    return [
        {"name": name, "roles": ", ".join(str(role.label) for role in Role if role in roles[pk])}
        for pk, name in names.items()
        if pk not in apart
    ]
