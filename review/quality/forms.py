"""Which verdicts the page of quality looks at."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from review.team_filters import TeamFilters

PERIODS = {"30": _("Last 30 days"), "90": _("Last 90 days"), "all": _("All the time")}


class QualityFilters(TeamFilters):
    """A period that is not on offer is the last 30 days. Names are shown only to who asks for them."""

    period = forms.ChoiceField(label=_("Period"), required=False, choices=list(PERIODS.items()))
    people = forms.BooleanField(label=_("Show people"), required=False)

    @property
    def shown_period(self) -> str:
        return self.cleaned_data.get("period") or "30"

    @property
    def since(self) -> datetime | None:
        """The beginning of the period; None where every verdict counts."""
        if self.shown_period == "all":
            return None
        return timezone.now() - timedelta(days=int(self.shown_period))

    @property
    def shows_people(self) -> bool:
        return bool(self.cleaned_data.get("people"))
