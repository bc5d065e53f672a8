"""Where a person without a password sets one: the page behind the link of a password reset."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from aigc_portal.accounts.models import User


def first_password_path(user: User) -> str:
    """Works until a password is set or PASSWORD_RESET_TIMEOUT is over."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=key)
