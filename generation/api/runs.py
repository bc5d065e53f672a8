from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import get_visible
from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.api_input import Input, NoInput, given
from aigc_portal.api_scope import TeamScoped, location
from generation.actions.comparisons import request_comparison
from generation.actions.runs import cancel_run, repeat_run, request_run
from generation.api.drafts import DraftSerializer
from generation.api.model_versions import ModelVersionSerializer
from generation.api.run_inputs import ComparisonInput, RegenerationInput, RunInput, errors_of_decoding
from generation.models import Brief, Draft, GenerationRun
from generation.queue_place import QueuePlace, QueuePlaces


class MessageSerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    content = serializers.CharField()


class QueuePlaceSerializer(serializers.Serializer[QueuePlace]):
    """`ahead` counts up to 2,000; `estimated_seconds` is empty where nobody can know."""

    ahead = serializers.IntegerField(help_text="Runs that are begun before it.")
    estimated_seconds = serializers.IntegerField(source="seconds", allow_null=True, help_text="Until it is begun.")


class GenerationRunSerializer(serializers.ModelSerializer[GenerationRun]):
    """`versions`, the counts and `seconds` are empty until the run has succeeded; one that failed may tell the tokens
    that it had written.

    `model_name` is the model that was asked for (empty: the default one). `model` is the version of it that was known
    when the run was queued, and once it has succeeded the one that wrote. `repeats` is the run whose messages and seed
    were taken over, `revises` the draft that the model was asked to rewrite. `queue` is empty unless it waits.
    """

    requested_by = PersonSerializer(read_only=True)
    model = ModelVersionSerializer(read_only=True)
    messages = MessageSerializer(many=True, read_only=True)
    decoding = serializers.DictField(read_only=True)
    versions = serializers.DictField(read_only=True)
    drafts = DraftSerializer(many=True, read_only=True)
    queue = serializers.SerializerMethodField()

    class Meta:
        model = GenerationRun
        fields = read_only_fields = [
            "id",
            "team",
            "brief",
            "status",
            "queue",
            "attempt",
            "requested_by",
            "queued_at",
            "started_at",
            "finished_at",
            "error_code",
            "error",
            "variants",
            "seed",
            "preset",
            "decoding",
            "messages",
            "repeats",
            "revises",
            "model_name",
            "model",
            "versions",
            "prompt_tokens",
            "completion_tokens",
            "seconds",
            "drafts",
        ]

    @extend_schema_field(QueuePlaceSerializer(allow_null=True))
    def get_queue(self, run: GenerationRun) -> dict[str, Any] | None:
        context: Any = self.context
        place = context.setdefault("queue_places", QueuePlaces()).of(run)
        return None if place is None else dict(QueuePlaceSerializer(place).data)


class ComparisonSerializer(serializers.Serializer[Any]):
    runs = GenerationRunSerializer(many=True, read_only=True)


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
        with errors_of_decoding():
            run = request_run(actor=self.user, brief=wanted, **given(RunInput, request))
        return self.answer(run, 201, location("api-run", run))

    @extend_schema(request=ComparisonInput, responses={201: ComparisonSerializer})
    def compare(self, request: Request, brief: int) -> Response:
        """Queue one run for each of two models, with the same messages and seed: both, or none."""
        wanted = get_visible(Brief.objects.newest_first(), self.user, brief)
        data = given(ComparisonInput, request)
        first, second = data.pop("models")
        with errors_of_decoding():
            runs = request_comparison(actor=self.user, brief=wanted, model_names=(first, second), **data)
        return Response(ComparisonSerializer({"runs": runs}).data, status=201)

    @extend_schema(request=RegenerationInput, responses={201: GenerationRunSerializer})
    def rewrite(self, request: Request, draft: int) -> Response:
        """Queue a run that writes the draft again: the model gets the brief, the draft and the feedback."""
        revised = get_visible(Draft.objects.select_related("brief__prompt_version__prompt"), self.user, draft)
        with errors_of_decoding():
            run = request_run(
                actor=self.user, brief=revised.brief, revises=revised, **given(RegenerationInput, request)
            )
        return self.answer(run, 201, location("api-run", run))

    @extend_schema(request=NoInput)
    def cancel(self, request: Request, pk: int) -> Response:
        """Stop a queued or running run."""
        given(NoInput, request)
        run = self.get_object()
        cancel_run(actor=self.user, run=run)
        return self.answer(run)

    @extend_schema(request=NoInput, responses={201: GenerationRunSerializer})
    def repeat(self, request: Request, pk: int) -> Response:
        """Queue the messages, seed, settings and model of a closed run again."""
        given(NoInput, request)
        run = repeat_run(actor=self.user, run=self.get_object())
        return self.answer(run, 201, location("api-run", run))
