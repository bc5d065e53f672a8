"""What people and programs are told when something is refused: one table for the pages and the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aigc_portal.audit.transitions import StaleState


@dataclass
class Refused(Exception):
    """A rule of the portal says no. `code` is stable, `detail` is a translated sentence that says what to do."""

    code: str
    detail: str
    status: int = 409
    extra: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


__all__ = ["Refused", "StaleState"]
