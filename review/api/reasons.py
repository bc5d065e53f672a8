from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.api_input import Input, asked
from aigc_portal.api_scope import PAGING, TeamScoped
from review.models import ReasonCode


class ReasonCodeSerializer(serializers.ModelSerializer[ReasonCode]):
    label = serializers.CharField(source="__str__", read_only=True, help_text="In the language of the request.")  # type: ignore[assignment]

    class Meta:
        model = ReasonCode
        fields = read_only_fields = ["team", "code", "label", "label_en", "label_zh"]


class ListedReasonCodeSerializer(ReasonCodeSerializer):
    """A retired one is not offered any more; decisions of earlier times name it."""

    retired = serializers.SerializerMethodField()

    class Meta(ReasonCodeSerializer.Meta):
        fields = read_only_fields = [*ReasonCodeSerializer.Meta.fields, "retired"]

    def get_retired(self, reason: ReasonCode) -> bool:
        return reason.retired_at is not None


class ReasonFilters(Input):
    retired = serializers.BooleanField(default=False, help_text="True lists the retired ones too.")


class ReasonCodes(TeamScoped):
    """The reasons that the user's teams refuse texts for."""

    queryset = ReasonCode.objects.all()
    serializer_class = ListedReasonCodeSerializer

    @extend_schema(operation_id="reason_codes_list", parameters=[ReasonFilters])
    def list(self, request: Request) -> Response:
        """Those on offer, unless the retired ones are asked for too."""
        found = self.visible()
        if not asked(ReasonFilters, request, *PAGING)["retired"]:
            found = found.filter(retired_at=None)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)
