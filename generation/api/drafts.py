from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.api_input import Input, given
from aigc_portal.api_scope import TeamScoped, location
from generation.actions.drafts import edit_draft
from generation.models import Draft
from generation.models.drafts import LONGEST_TEXT


class DraftSerializer(serializers.ModelSerializer[Draft]):
    author = PersonSerializer(read_only=True)

    class Meta:
        model = Draft
        fields = read_only_fields = [
            "id",
            "team",
            "brief",
            "run",
            "variant",
            "parent",
            "origin",
            "author",
            "text",
            "sha256",
            "language",
            "finish_reason",
            "token_count",
            "mean_logprob",
            "created_at",
        ]


class EditInput(Input):
    text = serializers.CharField(max_length=LONGEST_TEXT, trim_whitespace=False)


class DraftFilters(Input):
    brief = serializers.IntegerField(required=False)
    run = serializers.IntegerField(required=False)
    parent = serializers.IntegerField(required=False)  # type: ignore[assignment]
    origin = serializers.ChoiceField(Draft.Origin.choices, required=False)


class Drafts(TeamScoped):
    """Candidate texts. They never change: an edit is a child."""

    queryset = Draft.objects.with_author()
    serializer_class = DraftSerializer
    filter_class = DraftFilters

    @extend_schema(parameters=[DraftFilters])
    def list(self, request: Request) -> Response:
        return super().list(request)

    @extend_schema(request=EditInput, responses={201: DraftSerializer})
    def edit(self, request: Request, pk: int) -> Response:
        """Write the child draft with the new text."""
        child = edit_draft(actor=self.user, draft=self.get_object(), **given(EditInput, request))
        return self.answer(child, 201, location("api-draft", child))
