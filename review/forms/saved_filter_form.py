"""The name of a saved filter, and what it filters by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from review.forms.queue_filters import SubjectFilters
from review.models import SavedFilter


class FilterNameForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("of a filter", "Name"), max_length=SavedFilter._meta.get_field("name").max_length
    )


class SavedFilterForm(FilterNameForm):
    """`query` comes out as the queue page writes it: what is not on offer is gone."""

    query = forms.CharField(widget=forms.HiddenInput, max_length=SavedFilter._meta.get_field("query").max_length)

    def __init__(self, data: Any = None, *, teams: list[int], initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.teams = teams
        self.fields["query"].error_messages["required"] = _("Choose filters on the page of the queue first.")

    def clean_query(self) -> str:
        query = (
            SubjectFilters(QueryDict(self.cleaned_data["query"].removeprefix("?")), teams=self.teams)
            .query()
            .removeprefix("?")
        )
        if not query:
            raise forms.ValidationError(self.fields["query"].error_messages["required"])
        return query
