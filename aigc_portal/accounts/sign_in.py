"""Sign-in through django-allauth, with an audit event for each success, refusal, lock-out and new password."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import User
from aigc_portal.accounts.personal_events import record_for_each_team


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """People are added by an admin; nobody signs up.

    Five failures in five minutes lock an account for that address; twenty lock the address. Counting per account alone
    would let anybody lock anybody out.
    """

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
        "too_many_login_attempts": _(
            "Too many failed attempts. Wait five minutes, then try again; a right password does not help sooner."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return f"{self.get_client_ip(request)}:{(credentials.get('email') or '').lower()}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            record_attempt("user.sign_in_locked", credentials)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        record_attempt("user.sign_in_refused", credentials)
        super().authentication_failed(request, **credentials)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        record_for_each_team("user.signed_in", user, actor=user)
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return answer

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            record_for_each_team("user.signed_out", request.user, actor=request.user)
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        """By the person: signed in, or by a link that only the person has."""
        with transaction.atomic():
            super().set_password(user, password)
            record_for_each_team("user.password_changed", user, actor=user)


def record_attempt(action: str, credentials: dict[str, Any]) -> None:
    """Nobody knows who tried; the event is about the person whose account it was."""
    user = User.objects.filter(email__iexact=credentials.get("email") or "").first()
    if user is not None:
        record_for_each_team(action, user, actor=None)
