"""Secrets that a person sees on the next page and never again: kept in the session between POST and GET."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest

KEY = "shown-once"


def hand_over(request: HttpRequest, secret: dict[str, str]) -> None:
    """Keep it for the next `take`. Not in the answer: answers to a POST may be kept for its repetition."""
    request.session[KEY] = secret


def take(request: HttpRequest) -> dict[str, str] | None:
    return cast("dict[str, str] | None", request.session.pop(KEY, None))
