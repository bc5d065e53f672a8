"""A comment as it is sent: the text, and for a new thread the passage and what the writer read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from review.threads import TypedComment


class CommentForm(forms.Form):
    """The page's script fills `start`, `end` and `quote`. The action says what is wrong with a text."""

    sha256 = forms.CharField(required=False, max_length=64)
    start = forms.IntegerField(required=False, min_value=0)
    end = forms.IntegerField(required=False, min_value=0)
    quote = forms.CharField(required=False, strip=False)
    text = forms.CharField(required=False, strip=False)

    @property
    def problem(self) -> str:
        """Why it cannot be understood; "" where it can."""
        if self.is_valid():
            return ""
        if "text" in self.errors:
            return str(self.errors["text"][0])
        return _("The passage cannot be found. Mark it again.")

    @property
    def passage(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) for name in ("start", "end")} | {
            "quote": self.cleaned_data.get("quote", "").replace("\r\n", "\n")
        }

    def typed(self, error: str) -> TypedComment:
        """For the form that comes back."""
        self.is_valid()
        text = self.data.get("text", "").replace("\r\n", "\n")
        passage = self.passage
        complete = passage["start"] is not None and passage["end"] is not None
        return TypedComment(text=text, error=error, **(passage if complete else {}))
