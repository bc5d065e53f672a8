"""A time to wait in words."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import ngettext


def in_words(seconds: float) -> str:
    """Rounded up, in the largest unit alone: "40 seconds", "3 minutes", "5 hours"."""
    if seconds <= 60:
        count = max(1, ceil(seconds))
        return ngettext("%(count)s second", "%(count)s seconds", count) % {"count": count}
    unit = 60 if seconds <= 3600 else 3600
    now = timezone.now()
    return timesince(now - timedelta(seconds=ceil(seconds / unit) * unit), now, depth=1)
