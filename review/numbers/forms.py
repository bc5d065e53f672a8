"""Which decisions the page of numbers counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aigc_portal.days import FIRST, DayField
from generation.models.languages import Language
from review.numbers.span import Per, Span
from review.team_filters import TeamFilters

USUAL_DAYS = 30
MOST_DAYS = 45
LONGEST_YEARS = 10


class ShownDay(DayField):
    """Where nothing was chosen, the day that is shown instead stands in the field."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        return data or initial


class NumbersFilters(TeamFilters):
    """A range of days, the last 30 without one. Short ranges are counted by the day, long ones by the week."""

    since = ShownDay(label=gettext_lazy("Decided from"), required=False)
    until = ShownDay(label=gettext_lazy("Decided until"), required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=[("", gettext_lazy("All languages")), *Language.choices],
    )
    per = forms.ChoiceField(
        label=gettext_lazy("Counted by"), required=False, choices=[("", gettext_lazy("Day or week")), *Per.choices]
    )

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or {}
        if "since" in chosen and "until" in chosen:
            first, last = self.days(chosen["since"], chosen["until"])
            self.fields["since"].initial, self.fields["until"].initial = first, last
            if first > last:
                self.add_error("until", ValidationError(_("The period ends before it begins.")))
            elif last - first > timedelta(days=366 * LONGEST_YEARS):
                words = _("A period may be %(years)s years long at most.") % {"years": LONGEST_YEARS}
                self.add_error("since", ValidationError(words))
        return chosen

    @staticmethod
    def days(since: date | None, until: date | None) -> tuple[date, date]:
        """Both ends, with what was left out filled in."""
        last = until or max(timezone.localdate(), since or date.min)
        usual = timedelta(days=USUAL_DAYS - 1)
        return since or (last - usual if last - FIRST > usual else FIRST), last

    def span(self) -> Span:
        """Of a valid form."""
        chosen = self.cleaned_data
        first, last = self.days(chosen["since"], chosen["until"])
        by_default = Per.DAY if (last - first).days < MOST_DAYS else Per.WEEK
        return Span(self.chosen_team.pk, first, last, chosen["language"], Per(chosen["per"] or by_default))

    @property
    def in_use(self) -> bool:
        return any(self.data.get(name) for name in ("since", "until", "language", "per"))
