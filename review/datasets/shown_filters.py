"""The filters of exports in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from generation.models import Prompt
from generation.models.languages import Language
from review.datasets.models import DatasetExport
from review.datasets.selection import Selection


def describe(exports: Iterable[DatasetExport]) -> None:
    """Give each export `shown_filters`: the period, the language and the prompt in words. One query for all."""
    exports = list(exports)
    prompts = Prompt.objects.in_bulk({pk for export in exports if (pk := export.filters.get("prompt_id"))})
    for export in exports:
        selection = Selection.of(export)
        prompt = prompts.get(selection.prompt_id or 0)
        export.shown_filters = {  # type: ignore[attr-defined]
            "period": period(selection),
            "language": Language(selection.language).label if selection.language else "",
            "prompt": prompt,
        }


def period(selection: Selection) -> str:
    """Empty where every day counts."""
    first, last = selection.decided_from, selection.decided_to
    days = {"first": date_format(first) if first else "", "last": date_format(last) if last else ""}
    if first and last:
        return _("%(first)s to %(last)s") % days
    if first:
        return _("from %(first)s") % days
    return _("until %(last)s") % days if last else ""
