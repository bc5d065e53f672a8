"""A person's version of a draft."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.models.drafts import LONGEST_TEXT


class DraftForm(forms.Form):
    """Whether the text may be saved is for the action to say."""

    text = forms.CharField(
        label=_("Text"),
        strip=False,
        widget=forms.Textarea({"rows": 16, "data-limit": str(LONGEST_TEXT)}),
    )

    def __init__(self, *args: Any, language: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].widget.attrs["lang"] = language
