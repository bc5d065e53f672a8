from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from aigc_portal.api_input import Input, asked
from aigc_portal.audit.following import LONGEST_PAGE, settled_id
from aigc_portal.audit.models import AuditEvent
from aigc_portal.audit.readers import teams_read_by


class EventSerializer(serializers.ModelSerializer[AuditEvent]):
    """`actor` is empty for the portal's own acts; `data` holds `before` and `after` where something changed."""

    data = serializers.DictField(read_only=True)  # type: ignore[assignment]

    class Meta:
        model = AuditEvent
        fields = read_only_fields = [
            "id",
            "at",
            "actor",
            "actor_name",
            "team",
            "action",
            "target_type",
            "target_id",
            "target_label",
            "data",
            "request_id",
            "ip",
            "user_agent",
        ]


class EventFilters(Input):
    after = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="Events with a higher id: `after` of the answer before."
    )
    page_size = serializers.IntegerField(min_value=1, max_value=LONGEST_PAGE, default=100)
    action = serializers.CharField(required=False, max_length=60)
    actor = serializers.IntegerField(required=False)
    team = serializers.IntegerField(required=False)
    target_type = serializers.CharField(required=False, max_length=60)
    target_id = serializers.CharField(required=False, max_length=40)
    since = serializers.DateTimeField(required=False, source="at__gte")
    until = serializers.DateTimeField(required=False, source="at__lt")


class EventPageSerializer(serializers.Serializer[Any]):
    """`after` is where to go on from, now or later; `next` is the address of the next page if there is one by now."""

    next = serializers.URLField(allow_null=True)
    after = serializers.IntegerField()
    results = EventSerializer(many=True)


class Events(GenericAPIView[AuditEvent]):
    queryset = AuditEvent.objects.all()
    serializer_class = EventSerializer
    pagination_class = None

    @extend_schema(operation_id="events_list", parameters=[EventFilters], responses=EventPageSerializer)
    def get(self, request: Request) -> Response:
        """What happened in the teams that the user audits, oldest first. Who goes on from `after` misses nothing."""
        filters = asked(EventFilters, request)
        after, size = filters.pop("after"), filters.pop("page_size")
        teams = teams_read_by(request)
        settled = settled_id(after)
        events = AuditEvent.objects.of_teams(teams).filter(pk__gt=after, pk__lte=settled, **filters)
        page = list(events.order_by("pk")[: size + 1])
        more, page = len(page) > size, page[:size]
        after = page[-1].pk if more else settled
        following = replace_query_param(request.build_absolute_uri(), "after", after) if more else None
        return Response({"next": following, "after": after, "results": self.get_serializer(page, many=True).data})


class Event(GenericAPIView[AuditEvent]):
    queryset = AuditEvent.objects.all()
    serializer_class = EventSerializer

    def get(self, request: Request, pk: int) -> Response:
        """One event."""
        event = get_object_or_404(AuditEvent.objects.of_teams(teams_read_by(request)), pk=pk)
        return Response(self.get_serializer(event).data)
