"""One typed variable of a prompt as a form field. The rules themselves stand in prompting.clean_value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.prompting import LONGEST, clean_value

FEW_CHOICES = 6


class VariableField(forms.Field):
    """Cleans to the text that a brief stores; "" where an optional value is missing."""

    def __init__(self, variable: Mapping[str, Any]) -> None:
        self.variable = variable
        super().__init__(
            required=bool(variable.get("required")),
            label=variable["label"],
            help_text=variable.get("help", ""),
            widget=widget_of(variable),
        )

    def clean(self, value: Any) -> str:
        return clean_value(self.variable, "" if value is None else value)


def widget_of(variable: Mapping[str, Any]) -> forms.Widget:
    """The control for the variable's type.

    Limits are `data-limit`, not `maxlength`: with that, a browser cuts a pasted text without a word.
    """
    attributes = {"placeholder": variable["placeholder"]} if variable.get("placeholder") else {}
    match variable["type"]:
        case "number":
            limits = {"min": variable.get("minimum"), "max": variable.get("maximum"), "step": "any"}
            return forms.NumberInput({name: limit for name, limit in limits.items() if limit is not None})
        case "choice":
            choices = [(choice, choice) for choice in variable["choices"]]
            if variable.get("required") and len(choices) <= FEW_CHOICES:
                return forms.RadioSelect(choices=choices)
            return forms.Select(choices=[("", _("Not set")), *choices])
        case kind:
            attributes["data-limit"] = str(variable.get("max_length", LONGEST[kind]))
            return forms.Textarea({"rows": 5, **attributes}) if kind == "long_text" else forms.TextInput(attributes)
