from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import get_visible
from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.api_input import Input, given
from aigc_portal.api_scope import TeamScoped, location
from aigc_portal.problems import Refused
from generation.actions.briefs import create_brief, edit_brief
from generation.models import Brief, Prompt
from generation.models.languages import Channel, Language
from generation.prompting import LONGEST


class BriefSerializer(serializers.ModelSerializer[Brief]):
    prompt = serializers.IntegerField(source="prompt_version.prompt_id", read_only=True)
    values = serializers.DictField(child=serializers.CharField(), read_only=True)
    author = PersonSerializer(read_only=True)

    class Meta:
        model = Brief
        fields = read_only_fields = [
            "id",
            "team",
            "title",
            "prompt",
            "prompt_version",
            "channel",
            "language",
            "values",
            "training_consent",
            "revision",
            "author",
            "created_at",
            "updated_at",
        ]


class ValuesField(serializers.DictField):
    """Names of the prompt's variables to their values; the action checks them against the prompt."""

    child = serializers.CharField(allow_blank=True, trim_whitespace=False, max_length=max(LONGEST.values()))


class BriefInput(Input):
    prompt = serializers.IntegerField(help_text="The brief is written for its latest version.")
    title = serializers.CharField(max_length=200)
    values = ValuesField()
    training_consent = serializers.BooleanField(default=True)


class BriefChange(Input):
    """What is left out stays as it is."""

    revision = serializers.IntegerField(help_text="The revision that was read; another one answers 409.")
    title = serializers.CharField(max_length=200, required=False)
    values = ValuesField(required=False)
    training_consent = serializers.BooleanField(required=False)


class BriefFilters(Input):
    language = serializers.ChoiceField(Language.choices, required=False)
    channel = serializers.ChoiceField(Channel.choices, required=False)
    author = serializers.IntegerField(required=False)


class Briefs(TeamScoped):
    """What marketers ask for."""

    queryset = Brief.objects.newest_first()
    serializer_class = BriefSerializer
    filter_class = BriefFilters

    @extend_schema(parameters=[BriefFilters])
    def list(self, request: Request) -> Response:
        return super().list(request)

    @extend_schema(request=BriefInput, responses={201: BriefSerializer})
    def create(self, request: Request) -> Response:
        """Write a brief for the latest version of a prompt."""
        data = given(BriefInput, request)
        prompt: Any = get_visible(Prompt.objects.with_latest_version(), self.user, data.pop("prompt"))
        if not prompt.latest:
            raise Refused("prompt_empty", _("This prompt has no version yet."))
        with errors_of_values():
            brief = create_brief(actor=self.user, prompt_version=prompt.latest[0], **data)
        return self.answer(brief, 201, location("api-brief", brief))

    @extend_schema(request=BriefChange)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change a brief that nobody changed since `revision`; else 409 with the brief as it is now in `current`."""
        brief = self.get_object()
        kept = {"title": brief.title, "values": brief.values, "training_consent": brief.training_consent}
        try:
            with errors_of_values():
                brief = edit_brief(actor=self.user, brief=brief, **(kept | given(BriefChange, request)))
        except Refused as refusal:
            if refusal.code == "stale_edit":
                refusal.extra["current"] = self.current(brief)
            raise
        return self.answer(brief)


@contextmanager
def errors_of_values() -> Iterator[None]:
    """What the prompt's variables say about the values, shown under `values`."""
    try:
        yield
    except ValidationError as error:
        raise serializers.ValidationError({"values": error.message_dict}) from None
