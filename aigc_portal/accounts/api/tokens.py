"""Tokens of the API: issue one for a password, list one's own, revoke one."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.actions import issue_token, revoke_token
from aigc_portal.accounts.api.authentication import BearerToken
from aigc_portal.accounts.models import ApiToken, User
from aigc_portal.api_input import Input, given
from aigc_portal.api_scope import SignedIn

LOCKED_SECONDS = 300


class WrongCredentials(AuthenticationFailed):
    default_code = "wrong_credentials"


class TooManyAttempts(Throttled):
    default_code = "too_many_attempts"


class TokenInput(Input):
    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False, max_length=128)
    name = serializers.CharField(max_length=100, help_text="What the token is for, shown in the list.")
    days = serializers.IntegerField(min_value=1, max_value=365, default=90, help_text="How long it works.")


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    key = serializers.CharField(source="token_key", help_text="The beginning of the token; names it in addresses.")

    class Meta:
        model = ApiToken
        fields = read_only_fields = ["key", "name", "created", "expiry"]


class IssuedTokenSerializer(TokenSerializer):
    token = serializers.CharField(help_text="The token itself: shown this once, never stored.")

    class Meta(TokenSerializer.Meta):
        fields = read_only_fields = [*TokenSerializer.Meta.fields, "token"]


class Tokens(SignedIn):
    """One's own tokens, newest first; a new one for an e-mail address and password."""

    queryset = ApiToken.objects.all()
    serializer_class = TokenSerializer
    pagination_class = None

    def get_authenticators(self) -> list[Any]:
        return [] if self._is_sign_in() else list(super().get_authenticators())

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self._is_sign_in() else list(super().get_permissions())

    def get_authenticate_header(self, request: Request) -> str:
        return str(BearerToken().authenticate_header(request))

    def _is_sign_in(self) -> bool:
        return self.request is not None and self.request.method == "POST"

    def get(self, request: Request) -> Response:
        tokens = ApiToken.objects.filter(user=self.user).order_by("-created")
        return Response(self.get_serializer(tokens, many=True).data)

    @extend_schema(request=TokenInput, responses={201: IssuedTokenSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        """Sign in: a bearer token for an e-mail address and password.

        A repeat gives another token, because no token is kept.
        """
        data = given(TokenInput, request)
        user = authenticate(request, data["email"], data["password"])
        token, text = issue_token(actor=user, name=data["name"], days=data["days"])
        shown = {**TokenSerializer(token).data, "token": text}
        return Response(shown, status=201, headers={"Cache-Control": "no-store"})


def authenticate(request: Request, email: str, password: str) -> User:
    """The user, through the same check, lock-out and events as the sign-in page."""
    try:
        user = get_adapter().authenticate(request._request, email=email, password=password)
    except ValidationError as error:
        if error.code != "too_many_login_attempts":
            raise
        raise TooManyAttempts(LOCKED_SECONDS, _("Too many failed sign-ins.")) from None
    if not isinstance(user, User) or not user.is_active:
        raise WrongCredentials(_("The e-mail address or the password is wrong."))
    return user


class Token(SignedIn):
    queryset = ApiToken.objects.all()
    serializer_class = TokenSerializer

    @extend_schema(responses={204: OpenApiResponse(description="It works no longer.")})
    def delete(self, request: Request, key: str) -> Response:
        """Revoke one of one's own tokens, at once."""
        token = get_object_or_404(ApiToken, user=self.user, token_key=key)
        revoke_token(actor=self.user, token=token)
        return Response(status=204)
