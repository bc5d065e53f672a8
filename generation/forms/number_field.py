"""A number as people type it: with a comma or a point, in narrow or full-width digits."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+")
LONGEST = 30


class NumberField(forms.Field):
    """An optional number from `least` to `most`; None where nothing was typed. Every error names the range.

    A text field for the browser: of a number field it sends nothing at all where it cannot read what was typed.
    """

    def __init__(self, *, least: float, most: float, whole: bool = False, **options: Any) -> None:
        self.least, self.most, self.whole = least, most, whole
        attributes = {"inputmode": "numeric" if whole else "decimal", "autocomplete": "off"}
        super().__init__(required=False, widget=forms.TextInput(attributes), **options)

    def to_python(self, value: Any) -> float | None:
        text = plain(str(value or ""))
        if not text:
            return None
        if self.whole and GROUPED.fullmatch(text):
            text = text.replace(",", "")
        text = text.replace(",", ".")
        if len(text) > LONGEST or not NUMBER.fullmatch(text):
            raise self.refused(_("Enter a number from %(least)s to %(most)s."))
        if self.whole and text.partition(".")[2].strip("0"):
            raise self.refused(_("Enter a whole number from %(least)s to %(most)s."))
        number = int(text.partition(".")[0] or 0) if self.whole else float(text)
        if not self.least <= number <= self.most:
            raise self.refused(_("Enter a number from %(least)s to %(most)s."))
        return number

    def refused(self, sentence: str) -> ValidationError:
        return ValidationError(sentence % {"least": grouped(self.least), "most": grouped(self.most)})


def plain(typed: str) -> str:
    """Without spaces, and in the characters that Python reads."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).replace("。", ".")


def grouped(number: float) -> str:
    return number_format(number, force_grouping=True)
