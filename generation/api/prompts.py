from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.api_input import Input
from aigc_portal.api_scope import TeamScoped
from generation.models import Prompt, PromptVersion
from generation.models.languages import Channel, Language


class VariableSerializer(serializers.Serializer[Any]):
    """Only what applies to the variable's type is there."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    type = serializers.ChoiceField(["text", "long_text", "number", "choice"])
    required = serializers.BooleanField()  # type: ignore[assignment]
    max_length = serializers.IntegerField(required=False)
    minimum = serializers.FloatField(required=False)
    maximum = serializers.FloatField(required=False)
    choices = serializers.ListField(child=serializers.CharField(), required=False)
    help = serializers.CharField(required=False)
    placeholder = serializers.CharField(required=False)


class PromptVersionSerializer(serializers.ModelSerializer[PromptVersion]):
    variables = VariableSerializer(many=True, read_only=True)
    decoding = serializers.DictField(read_only=True)

    class Meta:
        model = PromptVersion
        fields = read_only_fields = ["id", "number", "system", "template", "variables", "decoding", "created_at"]


class PromptSerializer(serializers.ModelSerializer[Prompt]):
    latest_version = serializers.SerializerMethodField()

    class Meta:
        model = Prompt
        fields = read_only_fields = ["id", "team", "name", "description", "channel", "language", "latest_version"]

    @extend_schema_field(PromptVersionSerializer(allow_null=True))
    def get_latest_version(self, prompt: Any) -> Any:
        return PromptVersionSerializer(prompt.latest[0]).data if prompt.latest else None


class PromptFilters(Input):
    language = serializers.ChoiceField(Language.choices, required=False)
    channel = serializers.ChoiceField(Channel.choices, required=False)


class Prompts(TeamScoped):
    """Prompts of the user's teams, each with the variables of its latest version."""

    queryset = Prompt.objects.with_latest_version()
    serializer_class = PromptSerializer
    filter_class = PromptFilters

    @extend_schema(parameters=[PromptFilters])
    def list(self, request: Request) -> Response:
        return super().list(request)
