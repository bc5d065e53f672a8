"""What people say about a text under review: threads of comments, and their end."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.audit.events import record
from aigc_portal.problems import Refused
from generation.models import Draft
from generation.spans import check, snap
from review.comment_notices import tell_of_comment
from review.mentions import mentions_in, names_of, people_in, team_people
from review.models import Comment, Review
from review.models.comments import LONGEST_COMMENT

MAY_COMMENT = (Role.MARKETER, Role.REVIEWER, Role.LEAD)
LONGEST_SHOWN = 60


@transaction.atomic
def add_comment(
    *,
    actor: User,
    review: Review,
    text: str,
    draft_sha256: str = "",
    start: int | None = None,
    end: int | None = None,
    quote: str = "",
    parent: Comment | None = None,
) -> Comment:
    """Begin a thread on the text that the actor read (`draft_sha256`), or answer in one (`parent`).

    `start` and `end` mark a passage in code points and `quote` is how it reads; it is kept widened to whole signs.
    An answer belongs to its thread, whatever the text is by now, and opens it again where it was resolved. Raises
    Refused: 409 for another text or a withdrawn review, 400 for what cannot be kept.
    """
    require_role(actor, review.team_id, *MAY_COMMENT)
    review = locked(review)
    text = checked(text)
    if parent is None:
        draft = text_read(review, draft_sha256)
        start, end = passage(draft.text, start, end, quote)
    else:
        draft, start, end = parent.draft, None, None
    mentioned = people_in(mentions_in(text, names_of(team_people(review.team_id))))
    comment = Comment.objects.create(
        team_id=review.team_id,
        review=review,
        draft=draft,
        parent=parent,
        author=actor,
        text=text,
        start=start,
        end=end,
        mentions=mentioned,
    )
    comment.refresh_from_db(fields=["created_at"])
    about: dict[str, Any] = {"comment": comment.pk, "thread": parent.pk if parent else comment.pk}
    about |= {"sha256": draft.sha256, "start": start, "end": end, "mentions": mentioned}
    record("review.commented", review, actor=actor, **about)
    if parent is not None and parent.resolved_at is not None:
        reopen_thread(actor=actor, thread=parent)
    tell_of_comment(comment)
    return comment


@transaction.atomic
def resolve_thread(*, actor: User, thread: Comment) -> None:
    """Close a thread: its passage is marked no more. Refused where somebody was faster."""
    require_role(actor, thread.team_id, *MAY_COMMENT)
    review = locked(thread.review)
    open_thread = Comment.objects.filter(pk=thread.pk, parent=None, resolved_at=None)
    changed = open_thread.update(resolved_by=actor, resolved_at=Now())
    thread.refresh_from_db(fields=["resolved_by", "resolved_at"])
    if not changed:
        raise Refused("thread_resolved", _("This thread is resolved already."))
    record("review.thread_resolved", review, actor=actor, comment=thread.pk)


@transaction.atomic
def reopen_thread(*, actor: User, thread: Comment) -> None:
    """Open a resolved thread again. Refused where it is open."""
    require_role(actor, thread.team_id, *MAY_COMMENT)
    review = locked(thread.review)
    resolved = Comment.objects.filter(pk=thread.pk, parent=None, resolved_at__isnull=False)
    changed = resolved.update(resolved_by=None, resolved_at=None)
    thread.refresh_from_db(fields=["resolved_by", "resolved_at"])
    if not changed:
        raise Refused("thread_open", _("This thread is open already."))
    record("review.thread_reopened", review, actor=actor, comment=thread.pk)


def locked(review: Review) -> Review:
    """The review as it is now, which keeps its text and its state until the transaction ends."""
    rows = Review.for_reviewers.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("current_draft", "draft__brief", "draft__author", "submitted_by", "policy")
    now = found.get(pk=review.pk)
    if now.status == Review.Status.WITHDRAWN:
        raise Refused("review_withdrawn", _("This text was withdrawn from review. Nothing more is said about it."))
    return now


def checked(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refused("empty_comment", _("Write something first."), 400)
    if len(text) > LONGEST_COMMENT:
        detail = _("A comment has at most %(most)s characters; this one has %(length)s.")
        raise Refused("comment_too_long", detail % {"most": LONGEST_COMMENT, "length": len(text)}, 400)
    return text


def text_read(review: Review, sha256: str) -> Draft:
    """The text under review, if that is what was read."""
    draft: Draft = review.current_draft
    if draft.sha256 != sha256:
        detail = _("The text changed since you opened it. Your comment was not sent yet.")
        raise Refused("other_text", detail, extra={"current": {"draft": draft.pk, "sha256": draft.sha256}})
    return draft


def passage(text: str, start: int | None, end: int | None, quote: str) -> tuple[int, int] | tuple[None, None]:
    """The marked passage in whole signs; none where nothing is marked."""
    if start is None and end is None:
        return None, None
    if start is None or end is None:
        raise Refused("passage_incomplete", _("A marked passage has a start and an end."), 400)
    try:
        check(text, start, end)
    except ValueError:
        detail = _("The text has no passage from character %(start)s to %(end)s. Mark the passage again.")
        raise Refused("no_such_passage", detail % {"start": start, "end": end}, 400) from None
    there = text[start:end]
    if quote.replace("\r\n", "\n") != there:
        detail = _("The marked passage reads “%(there)s”, not “%(quote)s”. Mark it again.")
        raise Refused("other_passage", detail % {"there": shortened(there), "quote": shortened(quote)}, 400)
    return snap(text, start, end)


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
