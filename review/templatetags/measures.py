"""Measures as people read them."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """0.423 is 42%."""
    return "–" if share is None else f"{round(100 * share)}%"


@register.filter
def coefficient(value: float | None) -> str:
    """Two decimals, as agreement is always given."""
    return "–" if value is None else number_format(value, 2)


@register.filter
def grouped(count: int) -> str:
    """1234567 is 1,234,567."""
    return number_format(count, force_grouping=True)


@register.filter
def short_time(seconds: float | None) -> str:
    """ "48 s", "2 min 5 s", "3.5 h", "4.2 d": as long as it needs to be."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return _("%(n)s s") % {"n": whole}
    if whole < 3600:
        return _("%(minutes)s min %(seconds)s s") % {"minutes": whole // 60, "seconds": whole % 60}
    if whole < 2 * 86400:
        return _("%(n)s h") % {"n": number_format(seconds / 3600, 1)}
    return _("%(n)s d") % {"n": number_format(seconds / 86400, 1)}
