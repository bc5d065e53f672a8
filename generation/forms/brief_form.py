"""The form of a brief: its own fields, and one for each variable of the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from generation.forms.variable_field import VariableField
from generation.models import Brief, PromptVersion

PREFIX = "value-"
LONGEST_TITLE = 200


class BriefForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Title"),
        help_text=gettext_lazy("For you and your team; the model does not see it."),
        max_length=LONGEST_TITLE,
    )
    training_consent = forms.BooleanField(
        label=gettext_lazy("May be used for training"),
        help_text=gettext_lazy(
            "What reviewers accept, correct or refuse here becomes an example for the next model. "
            "Without it, this brief and its drafts are left out of every data set. You can change it later."
        ),
        required=False,
        initial=True,
    )

    def __init__(self, version: PromptVersion, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        del self.fields["title"].widget.attrs["maxlength"]
        self.fields["title"].widget.attrs["data-limit"] = str(LONGEST_TITLE)
        for variable in version.variables:
            self.fields[PREFIX + variable["name"]] = VariableField(variable)

    @classmethod
    def of(cls, brief: Brief, data: Mapping[str, Any] | None = None) -> BriefForm:
        """The form as the brief stands."""
        initial = {"title": brief.title, "training_consent": brief.training_consent}
        initial |= {PREFIX + name: value for name, value in brief.values.items()}
        return cls(brief.prompt_version, data, initial=initial)

    def clean(self) -> dict[str, Any]:
        unknown = sorted(name for name in self.data if name.startswith(PREFIX) and name not in self.fields)
        if unknown:
            names = ", ".join(name.removeprefix(PREFIX)[:60] for name in unknown[:5])
            self.add_error(None, _("This prompt has no variable named %(names)s.") % {"names": names})
        return self.cleaned_data

    @property
    def value_fields(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    @property
    def values(self) -> dict[str, str]:
        return {
            name.removeprefix(PREFIX): value for name, value in self.cleaned_data.items() if name.startswith(PREFIX)
        }
