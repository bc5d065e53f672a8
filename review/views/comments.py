"""Threads of comments on the desk. htmx gets the threads and the marked text; without it, it is the whole page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aigc_portal.accounts.access import require_role, signed_in
from aigc_portal.accounts.models import User
from aigc_portal.problems import Refused
from review.actions.comments import MAY_COMMENT, add_comment, reopen_thread, resolve_thread, shortened
from review.forms.comment_form import CommentForm
from review.models import Comment, Review
from review.threads import TypedComment, threads_context
from review.views.claims import chosen
from review.views.desk import desk_page, visible_review
from review.visible_comments import comment_sight


@require_POST
def new_thread(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a thread on the text, or on a passage of it."""
    return say(request, *comment_on(request, pk))


@require_POST
def answer_thread(request: HttpRequest, pk: int, thread: int) -> HttpResponse:
    user, review = comment_on(request, pk)
    return say(request, user, review, thread_of(user, review, thread))


@require_POST
def resolve(request: HttpRequest, pk: int, thread: int) -> HttpResponse:
    return close_or_open(request, pk, thread, resolve_thread)


@require_POST
def reopen(request: HttpRequest, pk: int, thread: int) -> HttpResponse:
    return close_or_open(request, pk, thread, reopen_thread)


def comment_on(request: HttpRequest, pk: int) -> tuple[User, Review]:
    user = signed_in(request)
    review = visible_review(user, pk)
    require_role(user, review.team_id, *MAY_COMMENT)
    return user, review


def thread_of(user: User, review: Review, pk: int) -> Comment:
    """Http404 where the reader does not see it."""
    thread = Comment.objects.filter(review=review, parent=None, pk=pk).select_related("review", "draft").first()
    if thread is None or thread.author_id in comment_sight(user, review).hidden:
        raise Http404
    return thread


def say(request: HttpRequest, user: User, review: Review, thread: Comment | None = None) -> HttpResponse:
    """What was typed comes back with every refusal: 422, or 409 where the review is another by now."""
    form = CommentForm(request.POST)
    if problem := form.problem:
        return threads_answer(request, user, review, thread, status=422, typed=form.typed(problem))
    said = {"text": form.cleaned_data["text"], "draft_sha256": form.cleaned_data["sha256"], **form.passage}
    try:
        comment = add_comment(actor=user, review=review, parent=thread, **said)
    except Refused as refusal:
        review = visible_review(user, review.pk)
        typed = form.typed(refusal.detail)
        if refusal.code == "other_text":
            typed = moved(typed, review.current_draft.text)
        status = 409 if refusal.status == 409 else 422
        return threads_answer(request, user, review, thread, status=status, typed=typed)
    return threads_answer(request, user, review, thread or comment)


def moved(typed: TypedComment, text: str) -> TypedComment:
    """On the text as it stands now: the passage where the same words stand once, else none."""
    if not typed.quote:
        look = _("Look at the text as it is now, then send it.")
        return replace(typed, error=f"{typed.error} {look}")
    if text.count(typed.quote) == 1:
        start = text.index(typed.quote)
        again = _("Look at the text as it is now, then send it. The passage is marked where it stands now.")
        return replace(typed, error=f"{typed.error} {again}", start=start, end=start + len(typed.quote))
    gone = _("The passage “%(quote)s” does not stand there any more. Mark another, or comment on the whole text.")
    return TypedComment(text=typed.text, error=f"{typed.error} {gone % {'quote': shortened(typed.quote)}}")


def close_or_open(request: HttpRequest, pk: int, number: int, act: Callable[..., None]) -> HttpResponse:
    """409 with the threads as they are where somebody was faster."""
    user, review = comment_on(request, pk)
    thread = thread_of(user, review, number)
    try:
        act(actor=user, thread=thread)
    except Refused as refusal:
        review = visible_review(user, pk)
        return threads_answer(request, user, review, thread, status=409, problem=refusal.detail)
    return threads_answer(request, user, review, thread)


def threads_answer(
    request: HttpRequest,
    user: User,
    review: Review,
    thread: Comment | None,
    *,
    status: int = 200,
    typed: TypedComment | None = None,
    problem: str = "",
) -> HttpResponse:
    what: dict[str, Any] = {"typed": typed, "current": thread.pk if thread else None, "problem": problem}
    carried = chosen(request, user).query()
    if "HX-Request" in request.headers:
        context = {"review": review, "carried": carried, "with_text": True, **threads_context(user, review, **what)}
        return render(request, "review/_threads.html", context, status=status)
    if status == 200 and thread is not None:
        return redirect(f"{review.get_absolute_url()}{carried}#thread-{thread.pk}")
    return desk_page(request, user, review, status=status, said=what)
