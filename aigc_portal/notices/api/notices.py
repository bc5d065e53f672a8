from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.api_input import Input, NoInput, given
from aigc_portal.api_scope import Listed
from aigc_portal.notices.actions import mark_all_read, mark_read
from aigc_portal.notices.models import Notice
from aigc_portal.notices.sentences import sentence_of


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """`text` is the sentence in the reader's language; `url` is a page of the portal."""

    at = serializers.DateTimeField(source="due_at", read_only=True)
    text = serializers.SerializerMethodField()
    params = serializers.DictField(read_only=True)

    class Meta:
        model = Notice
        fields = read_only_fields = [
            "id",
            "at",
            "team",
            "kind",
            "text",
            "params",
            "actor",
            "actor_name",
            "target_type",
            "target_id",
            "url",
            "urgent",
            "read_at",
        ]

    def get_text(self, notice: Notice) -> str:
        return sentence_of(notice)


class NoticeFilters(Input):
    unread = serializers.BooleanField(required=False, source="read_at__isnull")
    kind = serializers.CharField(required=False, max_length=60)


class NewestInput(Input):
    newest = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The notice with the latest `at` that the reader knows; what became visible since stays unread.",
    )


class MarkedSerializer(serializers.Serializer[dict[str, int]]):
    marked = serializers.IntegerField(help_text="How many were unread until now.")


class Notices(Listed):
    """What the user is told, newest first: one's own only."""

    queryset = Notice.objects.all()
    serializer_class = NoticeSerializer
    filter_class = NoticeFilters

    def visible(self) -> QuerySet[Notice]:
        return Notice.objects.visible_to(self.user)

    @extend_schema(parameters=[NoticeFilters])
    def list(self, request: Request) -> Response:
        return super().list(request)

    @extend_schema(request=NoInput)
    def read(self, request: Request, pk: int) -> Response:
        """Mark one as read, with the earlier ones of its kind that lead to the same `url`.

        Each keeps the time of its first reading.
        """
        given(NoInput, request)
        notice = self.get_object()
        mark_read(actor=self.user, notice=notice)
        return self.answer(self.get_object())

    @extend_schema(operation_id="notices_read_all", request=NewestInput, responses=MarkedSerializer)
    def read_all(self, request: Request) -> Response:
        """Mark all as read, or all that became visible up to one of them."""
        return Response({"marked": mark_all_read(actor=self.user, **given(NewestInput, request))})
