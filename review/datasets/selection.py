"""Which decisions an export is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now

from aigc_portal.days import start_of_day
from review.datasets.models import DatasetExport
from review.models import DECIDED, Review

# Until then a decision can be taken back (trigger closed_is_final).
FINAL_AFTER = timedelta(seconds=15)


@dataclass(frozen=True)
class Selection:
    """A team's decisions in a period (days of the portal's time zone, both included), of a language, of a prompt."""

    team_id: int
    decided_from: date | None = None
    decided_to: date | None = None
    language: str = ""
    prompt_id: int | None = None

    @classmethod
    def of(cls, export: DatasetExport) -> Self:
        filters = dict(export.filters)
        for name in ("decided_from", "decided_to"):
            if name in filters:
                filters[name] = date.fromisoformat(filters[name])
        return cls(team_id=export.team_id, **filters)

    def filters(self) -> dict[str, Any]:
        """The filters that are set, as JSON: what the export's row and its manifest keep."""
        filters: dict[str, Any] = {}
        if self.decided_from:
            filters["decided_from"] = self.decided_from.isoformat()
        if self.decided_to:
            filters["decided_to"] = self.decided_to.isoformat()
        if self.language:
            filters["language"] = self.language
        if self.prompt_id:
            filters["prompt_id"] = self.prompt_id
        return filters

    def reviews(self) -> QuerySet[Review]:
        """Decided reviews of briefs with consent, in the order of their ids.

        Texts with a known answer and decisions that one person took against the rules teach nothing.
        """
        chosen = Review.objects.filter(
            team_id=self.team_id, status__in=DECIDED, break_glass="", draft__brief__training_consent=True
        ).order_by("pk")
        if self.decided_from:
            chosen = chosen.filter(decided_at__gte=start_of_day(self.decided_from))
        if self.decided_to:
            chosen = chosen.filter(decided_at__lt=start_of_day(self.decided_to + timedelta(days=1)))
        if self.language:
            chosen = chosen.filter(draft__brief__language=self.language)
        if self.prompt_id:
            chosen = chosen.filter(draft__brief__prompt_version__prompt=self.prompt_id)
        return chosen

    def final_reviews(self) -> QuerySet[Review]:
        """Those whose decision nobody can take back any more."""
        return self.reviews().filter(decided_at__lte=Now() - FINAL_AFTER)

    def seconds_until_final(self) -> float:
        """How long until all that is decided now is final."""
        left = ExpressionWrapper(F("decided_at") + FINAL_AFTER - Now(), DurationField())
        recent = self.reviews().filter(decided_at__gt=Now() - FINAL_AFTER).order_by("-decided_at")
        newest: timedelta | None = recent.values_list(left, flat=True).first()
        return newest.total_seconds() if newest else 0.0
