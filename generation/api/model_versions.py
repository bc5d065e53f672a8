from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.api_scope import Listed, SignedIn
from generation import engine_status
from generation.api.workers import EngineSerializer
from generation.models import ModelVersion


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    class Meta:
        model = ModelVersion
        fields = read_only_fields = ["id", "name", "digest", "alias", "languages", "licence"]


class WholeModelVersionSerializer(ModelVersionSerializer):
    files = serializers.DictField(
        child=serializers.CharField(), read_only=True, help_text="Each file's name and its SHA-256."
    )

    class Meta(ModelVersionSerializer.Meta):
        fields = read_only_fields = [
            *ModelVersionSerializer.Meta.fields,
            "source",
            "context_length",
            "files",
            "created_at",
        ]


class ModelVersions(Listed):
    """Models that this portal has loaded; they are shared by all teams. The champion writes the next drafts."""

    queryset = ModelVersion.objects.newest_first()
    serializer_class = WholeModelVersionSerializer


class Engine(SignedIn):
    """What the worker with the default model is doing; "absent" means that none has spoken for half a minute.

    The workers of all models are at workers/, for admins and ML engineers.
    """

    serializer_class = EngineSerializer

    def get(self, request: Request) -> Response:
        return self.answer(engine_status.read())
