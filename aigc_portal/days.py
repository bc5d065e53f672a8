"""Days that people choose, as moments."""

from __future__ import annotations

from datetime import date, datetime, time

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.timezone import make_aware

# One day inside what Python can count: the start of the next day exists in every time zone.
FIRST, LAST = date(1, 1, 2), date(9999, 12, 30)


class DayField(forms.DateField):
    """A day whose start and end exist in every time zone; any other is not valid."""

    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    default_validators = [MinValueValidator(FIRST), MaxValueValidator(LAST)]


def start_of_day(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))
