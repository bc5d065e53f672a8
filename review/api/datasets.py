from __future__ import annotations

from typing import Any

from django.http import Http404, StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import get_visible, require_any_role
from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.accounts.models import Role
from aigc_portal.api_input import Input, NoInput, given
from aigc_portal.api_scope import SignedIn, TeamScoped, location
from aigc_portal.days import DayField
from generation.models.languages import Language
from review.datasets.actions import cancel_export, create_export, retry_export
from review.datasets.attachment import attachment
from review.datasets.downloads import download
from review.datasets.models import DatasetExport, DatasetType
from review.datasets.selection import Selection


class DatasetSerializer(serializers.ModelSerializer[DatasetExport]):
    """`row_count`, `digest` and `manifest` tell what came out, once the export has succeeded."""

    requested_by = PersonSerializer(read_only=True)
    filters = serializers.DictField(read_only=True)
    manifest = serializers.DictField(read_only=True)

    class Meta:
        model = DatasetExport
        fields = read_only_fields = [
            "id",
            "team",
            "type",
            "filters",
            "status",
            "attempt",
            "requested_by",
            "queued_at",
            "started_at",
            "finished_at",
            "error_code",
            "error",
            "row_count",
            "digest",
            "manifest",
        ]


class DatasetInput(Input):
    type = serializers.ChoiceField(DatasetType.choices)
    team = serializers.IntegerField(required=False, help_text="Needed by engineers of several teams.")
    decided_from = serializers.DateField(required=False, validators=DayField.default_validators)
    decided_to = serializers.DateField(required=False, validators=DayField.default_validators)
    language = serializers.ChoiceField(Language.choices, required=False)
    prompt = serializers.IntegerField(required=False, source="prompt_id")


class DatasetFilters(Input):
    type = serializers.ChoiceField(DatasetType.choices, required=False)
    status = serializers.ChoiceField(DatasetExport.Status.choices, required=False)


class Datasets(TeamScoped):
    """Frozen, hashed sets of training rows, made from decisions."""

    queryset = DatasetExport.objects.newest_first()
    serializer_class = DatasetSerializer
    filter_class = DatasetFilters

    @extend_schema(parameters=[DatasetFilters])
    def list(self, request: Request) -> Response:
        return super().list(request)

    @extend_schema(request=DatasetInput, responses={201: DatasetSerializer})
    def create(self, request: Request) -> Response:
        """Queue an export of a team's decisions; the same selection gives the same bytes."""
        data = given(DatasetInput, request)
        team = self._team(data.pop("team", None))
        kind = data.pop("type")
        export = create_export(actor=self.user, type=kind, selection=Selection(team_id=team, **data))
        return self.answer(export, 201, location("api-dataset", export))

    @extend_schema(request=NoInput)
    def cancel(self, request: Request, pk: int) -> Response:
        """Stop a queued or running export."""
        given(NoInput, request)
        export = self.get_object()
        cancel_export(actor=self.user, export=export)
        return self.answer(export)

    @extend_schema(request=NoInput, responses={201: DatasetSerializer})
    def retry(self, request: Request, pk: int) -> Response:
        """Queue the same selection again, after an export that failed or was cancelled."""
        given(NoInput, request)
        export = retry_export(actor=self.user, export=self.get_object())
        return self.answer(export, 201, location("api-dataset", export))

    def _team(self, asked: int | None) -> int:
        if asked is not None:
            if asked not in self.user.roles_by_team:
                raise Http404
            return asked
        teams = require_any_role(self.user, Role.ENGINEER)
        if len(teams) > 1:
            raise ValidationError({"team": [_("You are an engineer of several teams; name one.")]})
        return teams[0]


class DatasetFiles(SignedIn):
    queryset = DatasetExport.objects.all()
    serializer_class = DatasetSerializer

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Whatever the client accepts: the file is what it is."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int, name: str) -> StreamingHttpResponse:
        """A file that the manifest names, `manifest.json`, or all of them as `dataset.zip`. Who took it is an event."""
        export = get_visible(DatasetExport.objects.all(), self.user, pk)
        return attachment(request._request, download(actor=self.user, export=export, name=name))
