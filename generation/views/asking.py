"""Asking for drafts by a form: what the portal refuses stands on the form, and in the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.http import HttpResponse

from aigc_portal.problems import Refused, with_headers_of
from generation.forms.settings_form import SettingsForm

T = TypeVar("T")


def ask(form: SettingsForm, act: Callable[[], T]) -> T | None:
    """What the act gives; None where the form is not valid or the act was refused, which the form then says."""
    if not form.is_valid():
        form.focus_first_error()
        return None
    try:
        return act()
    except ValidationError as error:
        form.add_error(None, error.messages)
    except Refused as refusal:
        form.add_error(None, refusal.detail)
        form.refusal = refusal
    return None


def refused(form: SettingsForm, page: HttpResponse) -> HttpResponse:
    """The page with the form again: 422, or 429 with the time to wait where a limit of the team stands in the way."""
    refusal = form.refusal
    page.status_code = 429 if refusal and refusal.status == 429 else 422
    return with_headers_of(refusal, page) if refusal else page
