"""What a model is told about an earlier draft, and the settings for writing it again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.forms.settings_form import SettingsForm
from generation.models import PromptVersion
from generation.prompting import LONGEST_FEEDBACK


class RewriteForm(SettingsForm):
    """The feedback comes filled in with what the reviewer said."""

    field_order = ("feedback",)

    feedback = forms.CharField(
        label=_("Feedback for the model"),
        help_text=_("What the reviewer said. Change it as you like: the model reads it as it stands here."),
        widget=forms.Textarea({"rows": 6, "data-limit": str(LONGEST_FEEDBACK)}),
    )

    def __init__(self, version: PromptVersion, data: Any = None, **options: Any) -> None:
        super().__init__(version, data, **options)
        self.fields["feedback"].widget.attrs["lang"] = self.language

    @property
    def wanted(self) -> dict[str, Any]:
        return super().wanted | {"feedback": self.cleaned_data["feedback"]}
