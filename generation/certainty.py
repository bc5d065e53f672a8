"""How sure a model was of a text, in words and as a share."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

LEVELS: tuple[tuple[int, Text], ...] = (
    (75, _("very sure")),
    (50, _("fairly sure")),
    (30, _("not very sure")),
    (0, _("unsure")),
)


@dataclass(frozen=True)
class Certainty:
    """`percent` is the geometric mean of the probabilities that the model gave to the tokens it chose."""

    label: Text
    percent: int


def certainty_of(mean_logprob: float | None) -> Certainty | None:
    """None where nobody measured it: a person's text, or an engine that does not say."""
    if mean_logprob is None or not math.isfinite(mean_logprob):
        return None
    percent = round(100 * math.exp(min(mean_logprob, 0)))
    return Certainty(next(label for least, label in LEVELS if percent >= least), percent)
