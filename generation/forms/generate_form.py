"""How many drafts to ask for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from generation.models.runs import MOST_VARIANTS

USUAL_VARIANTS = 3


class GenerateForm(forms.Form):
    """`accept_language` is the answer to the warning that the model does not write the brief's language."""

    variants = forms.TypedChoiceField(
        label=_("Variants"),
        choices=[(number, str(number)) for number in range(1, MOST_VARIANTS + 1)],
        coerce=int,
        initial=USUAL_VARIANTS,
        widget=forms.RadioSelect,
    )
    accept_language = forms.BooleanField(required=False, widget=forms.HiddenInput)
