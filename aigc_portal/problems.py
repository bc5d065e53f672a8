"""What people and programs are told when something is refused: one table for the pages and the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http import HttpResponse

from aigc_portal.audit.transitions import StaleState

A = TypeVar("A", bound=HttpResponse)


@dataclass
class Refused(Exception):
    """A rule of the portal says no. `code` is stable, `detail` is a translated sentence that says what to do.

    `extra` goes into the API's answer. Its `retry_after_seconds`, where known, becomes the header Retry-After as well.
    """

    code: str
    detail: str
    status: int = 409
    extra: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


def with_headers_of(refusal: Refused, answer: A) -> A:
    """The answer, saying in its headers what the refusal says to programs."""
    seconds = refusal.extra.get("retry_after_seconds")
    if seconds is not None:
        answer["Retry-After"] = str(seconds)
    return answer


__all__ = ["Refused", "StaleState", "with_headers_of"]
