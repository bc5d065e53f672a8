"""The decision form as the desk sends it."""

from __future__ import annotations

from typing import Any

from review.models import Review
from tests.cast import Cast


def form(review: Review, **more: Any) -> dict[str, Any]:
    return {"sha256": review.draft.sha256, "corrected_text": review.draft.text} | more


def decide(cast: Cast, review: Review, act: str, person: str = "reviewer", **more: Any) -> Any:
    return cast.client(person).post(f"/reviews/{review.pk}/{act}/", form(review, **more))
