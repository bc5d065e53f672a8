"""What a client may send: named fields only. An unknown one is refused, never ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request


class Input(serializers.Serializer[Any]):
    """The fields of a request's body, or of its query string."""

    def to_internal_value(self, data: Any) -> Any:
        errors: dict[str, Any] = {}
        if isinstance(data, Mapping):
            errors = {str(name)[:60]: [_("There is no such field.")] for name in data if name not in self.fields}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(cast(dict[str, Any], error.detail) | errors) from None
        if errors:
            raise serializers.ValidationError(errors)
        return values


class NoInput(Input):
    """For acts that take nothing."""


def given(serializer: type[Input], request: Request) -> dict[str, Any]:
    """The checked body. Raises ValidationError with a list of messages a field."""
    checked = serializer(data=request.data, context={"request": request})
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def asked(serializer: type[Input], request: Request, *ignored: str) -> dict[str, Any]:
    """The checked query string, without the parameters that somebody else reads. Raises ValidationError."""
    parameters = {name: text for name, text in request.query_params.items() if name not in ignored}
    checked = serializer(data=parameters)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)
