from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import get_visible
from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.api_input import Input, NoInput, given
from aigc_portal.api_scope import TeamScoped, location
from generation.actions.runs import cancel_run, request_run, retry_run
from generation.api.drafts import DraftSerializer
from generation.api.model_versions import ModelVersionSerializer
from generation.models import Brief, GenerationRun
from generation.models.runs import MOST_VARIANTS


class MessageSerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    content = serializers.CharField()


class GenerationRunSerializer(serializers.ModelSerializer[GenerationRun]):
    """`model`, `versions`, the counts and `seconds` are empty until the run has succeeded."""

    requested_by = PersonSerializer(read_only=True)
    model = ModelVersionSerializer(read_only=True)
    messages = MessageSerializer(many=True, read_only=True)
    decoding = serializers.DictField(read_only=True)
    versions = serializers.DictField(read_only=True)
    drafts = DraftSerializer(many=True, read_only=True)

    class Meta:
        model = GenerationRun
        fields = read_only_fields = [
            "id",
            "team",
            "brief",
            "status",
            "attempt",
            "requested_by",
            "queued_at",
            "started_at",
            "finished_at",
            "error_code",
            "error",
            "variants",
            "seed",
            "decoding",
            "messages",
            "model",
            "versions",
            "prompt_tokens",
            "completion_tokens",
            "seconds",
            "drafts",
        ]


class RunInput(Input):
    variants = serializers.IntegerField(min_value=1, max_value=MOST_VARIANTS, default=1)
    seed = serializers.IntegerField(min_value=0, max_value=2**63 - 1, allow_null=True, default=None)
    accept_language = serializers.BooleanField(
        default=False, help_text="Run although the model does not write the brief's language."
    )


class RunFilters(Input):
    status = serializers.ChoiceField(GenerationRun.Status.choices, required=False)
    brief = serializers.IntegerField(required=False)


class Runs(TeamScoped):
    """Executions of briefs, with their drafts."""

    queryset = GenerationRun.objects.with_drafts().prefetch_related("drafts__author")
    serializer_class = GenerationRunSerializer
    filter_class = RunFilters

    @extend_schema(parameters=[RunFilters])
    def list(self, request: Request) -> Response:
        return super().list(request)

    @extend_schema(request=RunInput, responses={201: GenerationRunSerializer})
    def start(self, request: Request, brief: int) -> Response:
        """Queue a run of the brief as it is now; ask for the run again to see its drafts come."""
        wanted = get_visible(Brief.objects.newest_first(), self.user, brief)
        run = request_run(actor=self.user, brief=wanted, **given(RunInput, request))
        return self.answer(run, 201, location("api-run", run))

    @extend_schema(request=NoInput)
    def cancel(self, request: Request, pk: int) -> Response:
        """Stop a queued or running run."""
        given(NoInput, request)
        run = self.get_object()
        cancel_run(actor=self.user, run=run)
        return self.answer(run)

    @extend_schema(request=NoInput, responses={201: GenerationRunSerializer})
    def retry(self, request: Request, pk: int) -> Response:
        """Queue the same messages, seed and decoding again, after a run that failed or was cancelled."""
        given(NoInput, request)
        run = retry_run(actor=self.user, run=self.get_object())
        return self.answer(run, 201, location("api-run", run))
