from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.api_scope import TeamScoped
from review.models import ReasonCode


class ReasonCodeSerializer(serializers.ModelSerializer[ReasonCode]):
    label = serializers.CharField(source="__str__", read_only=True, help_text="In the language of the request.")  # type: ignore[assignment]

    class Meta:
        model = ReasonCode
        fields = read_only_fields = ["team", "code", "label", "label_en", "label_zh"]


class ReasonCodes(TeamScoped):
    """The reasons that the user's teams refuse texts for."""

    queryset = ReasonCode.objects.all()
    serializer_class = ReasonCodeSerializer

    @extend_schema(operation_id="reason_codes_list")
    def list(self, request: Request) -> Response:
        return super().list(request)
