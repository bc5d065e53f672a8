"""Comments on a review: threads and the answers in them, each as far as its reader may see it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import require_role
from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.accounts.models import User
from aigc_portal.api_input import Input, NoInput, asked, given
from aigc_portal.api_scope import PAGING, Listed
from aigc_portal.problems import Refused
from generation.models.drafts import LONGEST_TEXT
from review.actions.comments import MAY_COMMENT, add_comment, reopen_thread, resolve_thread
from review.models import Comment, Review
from review.models.comments import LONGEST_COMMENT
from review.visible_comments import CommentSight, comment_sight


class CommentFilters(Input):
    resolved = serializers.BooleanField(
        required=False, help_text="Threads that are, or are not; without their answers."
    )
    thread = serializers.IntegerField(required=False, source="parent", help_text="The answers in that thread.")


class CommentInput(Input):
    """`sha256` is of the text that was read; an answer needs none. `quote` is how the passage from `start` to `end`
    reads, so that a miscounted one is refused."""

    text = serializers.CharField(max_length=LONGEST_COMMENT, trim_whitespace=False)
    sha256 = serializers.CharField(max_length=64, required=False)
    start = serializers.IntegerField(min_value=0, required=False, help_text="In Unicode code points.")
    end = serializers.IntegerField(min_value=0, required=False, help_text="The first code point after the passage.")
    quote = serializers.CharField(max_length=LONGEST_TEXT, trim_whitespace=False, allow_blank=True, default="")
    thread = serializers.IntegerField(required=False, help_text="The thread that it answers in.")


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """The first comment of a thread, or an answer in one (`thread`). `draft` is the text that it was made on, in which
    `start` and `end` count; `on_current_text` whether that is under review now. `author` and `resolved_by` are null
    where the policy keeps them."""

    thread = serializers.IntegerField(source="parent_id", allow_null=True, read_only=True)
    author = serializers.SerializerMethodField()
    resolved_by = serializers.SerializerMethodField()
    quote = serializers.CharField(read_only=True)
    on_current_text = serializers.SerializerMethodField()

    class Meta:
        model = Comment
        fields = read_only_fields = [
            "id",
            "review",
            "thread",
            "draft",
            "on_current_text",
            "author",
            "text",
            "start",
            "end",
            "quote",
            "mentions",
            "created_at",
            "resolved_by",
            "resolved_at",
        ]

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_author(self, comment: Comment) -> Any:
        return self._person(comment.author)

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_resolved_by(self, comment: Comment) -> Any:
        return self._person(comment.resolved_by)

    def get_on_current_text(self, comment: Comment) -> bool:
        review: Review = self.context["review"]
        return comment.draft_id == review.current_draft_id

    def _person(self, person: User | None) -> Any:
        seen: CommentSight = self.context["sight"]
        shown = seen.name(person)
        return PersonSerializer(shown).data if shown else None


class Comments(Listed):
    """What people say about a text under review. Who may not read a review's comments yet does not find them."""

    queryset = Comment.objects.select_related("author", "resolved_by", "draft")
    serializer_class = CommentSerializer

    @extend_schema(
        operation_id="reviews_comments_list", parameters=[CommentFilters, OpenApiParameter("pk", int, "path")]
    )
    def list(self, request: Request, pk: int | None = None) -> Response:
        filters = asked(CommentFilters, request, *PAGING)
        resolved = filters.pop("resolved", None)
        review = self._review(pk)
        found = self._seen(review).filter(**filters)
        if resolved is not None:
            found = found.filter(parent=None, resolved_at__isnull=not resolved)
        page = self.paginate_queryset(found)
        return self.get_paginated_response(self._shown(review, page, many=True))

    @extend_schema(request=CommentInput, responses={201: CommentSerializer})
    def create(self, request: Request, pk: int) -> Response:
        """Begin a thread on the text or a passage of it, or answer in one. "@" and the name of somebody of the team
        mentions them. 409 where the text is another by now."""
        review = self._review(pk)
        require_role(self.user, review.team_id, *MAY_COMMENT)
        said = given(CommentInput, request)
        thread = self._thread(review, said.pop("thread", None))
        sha256 = said.pop("sha256", "")
        comment = add_comment(actor=self.user, review=review, draft_sha256=sha256, parent=thread, **said)
        return Response(self._shown(review, comment), status=201)

    @extend_schema(request=NoInput)
    def resolve(self, request: Request, pk: int) -> Response:
        """Close a thread."""
        given(NoInput, request)
        review, thread = self._found_thread(pk)
        resolve_thread(actor=self.user, thread=thread)
        return Response(self._shown(review, thread))

    @extend_schema(request=NoInput)
    def reopen(self, request: Request, pk: int) -> Response:
        """Open a resolved thread again."""
        given(NoInput, request)
        review, thread = self._found_thread(pk)
        reopen_thread(actor=self.user, thread=thread)
        return Response(self._shown(review, thread))

    def _review(self, pk: int | None) -> Review:
        """As api-review finds it."""
        found = Review.for_reviewers.visible_to(self.user).filter(Q(gold=None) | Q(assigned_to=self.user))
        return get_object_or_404(found.select_related("policy", "draft", "current_draft"), pk=pk)

    def _seen(self, review: Review) -> QuerySet[Comment]:
        hidden = comment_sight(self.user, review).hidden
        rows: QuerySet[Comment] = self.get_queryset().filter(review=review)
        return rows.exclude(author__in=hidden).exclude(parent__author__in=hidden) if hidden else rows

    def _thread(self, review: Review, pk: int | None) -> Comment | None:
        if pk is None:
            return None
        thread = self._seen(review).filter(parent=None, pk=pk).first()
        if thread is None:
            raise Refused("no_such_thread", _("This review has no such thread."), 400)
        return thread

    def _found_thread(self, pk: int) -> tuple[Review, Comment]:
        """Http404 for what is no thread, or not seen."""
        comment = get_object_or_404(Comment.objects.visible_to(self.user), pk=pk, parent=None)
        review = self._review(comment.review_id)
        thread = self._seen(review).filter(pk=pk).first()
        if thread is None:
            raise Http404
        return review, thread

    def _shown(self, review: Review, comments: Any, *, many: bool = False) -> Any:
        context = {**self.get_serializer_context(), "review": review, "sight": comment_sight(self.user, review)}
        return CommentSerializer(comments, many=many, context=context).data
