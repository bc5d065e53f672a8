from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.api_input import Input, given
from aigc_portal.api_scope import SignedIn
from aigc_portal.notices.actions import choose_mail
from aigc_portal.notices.models import NoticeSettings


class NoticeSettingsSerializer(serializers.ModelSerializer[NoticeSettings]):
    """How one's own notices are mailed. `digest_hour` is in the portal's time zone; urgent ones come at once always."""

    class Meta:
        model = NoticeSettings
        fields = read_only_fields = ["mail", "digest_hour"]


class NoticeSettingsInput(Input):
    """What is left out stays as it is."""

    mail = serializers.ChoiceField(NoticeSettings.Mail.choices, required=False)
    digest_hour = serializers.IntegerField(min_value=0, max_value=23, required=False)


class Settings(SignedIn):
    queryset = NoticeSettings.objects.all()
    serializer_class = NoticeSettingsSerializer

    def get(self, request: Request) -> Response:
        """How one's own notices are mailed."""
        return self.answer(NoticeSettings.of(self.user))

    @extend_schema(request=NoticeSettingsInput)
    def patch(self, request: Request) -> Response:
        """Choose how one's own notices are mailed."""
        kept = {"mail": NoticeSettings.of(self.user).mail}
        return self.answer(choose_mail(actor=self.user, **(kept | given(NoticeSettingsInput, request))))
