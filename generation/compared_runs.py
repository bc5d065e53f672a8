"""Two runs of one brief, side by side: what they were told, and their texts variant by variant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from generation.decoding_presets import Text, preset_label
from generation.decoding_words import UNSAID, decoding_labels, value_words
from generation.draft_cards import DraftCard, RunPanel, panels_of
from generation.known_models import name_of_model
from generation.models import Brief, GenerationRun

MOST_CHOICES = 50


@dataclass(frozen=True)
class Setting:
    """One line of what the two runs were asked."""

    label: Text
    left: Any
    right: Any

    @property
    def differs(self) -> bool:
        return bool(self.left != self.right)


@dataclass(frozen=True)
class Cell:
    """One variant of one run: its card once it is written, a place to stream into before; both None is no variant."""

    panel: RunPanel
    variant: int
    card: DraftCard | None
    is_same: bool = False
    """Whether the other run wrote the very same text."""

    @property
    def number(self) -> int:
        return self.variant + 1

    @property
    def is_awaited(self) -> bool:
        return self.panel.run.is_open and self.variant < self.panel.run.variants


@dataclass(frozen=True)
class ComparedRuns:
    """`left` was asked for no later than `right`, unless somebody chose them the other way round."""

    left: RunPanel
    right: RunPanel

    @property
    def address(self) -> str:
        return comparison_address(self.left.run, self.right.run)

    @property
    def panels(self) -> tuple[RunPanel, RunPanel]:
        return self.left, self.right

    @property
    def by_model(self) -> bool:
        """Whether the models' names tell the two apart; else their numbers do."""
        return self.left.model_name != self.right.model_name

    @cached_property
    def settings(self) -> list[Setting]:
        return settings_of(self.left.run, self.right.run)

    @property
    def differing(self) -> list[Setting]:
        return [setting for setting in self.settings if setting.differs]

    @property
    def equal(self) -> list[Setting]:
        return [setting for setting in self.settings if not setting.differs]

    @property
    def rows(self) -> list[list[Cell]]:
        """The same variant of both runs in a row; edits by people are left out."""
        most = max(panel.run.variants for panel in self.panels)
        written = [{card.variant: card for card in panel.cards if card.draft.run_id} for panel in self.panels]
        return [self._row(number, [cards.get(number) for cards in written]) for number in range(most)]

    @property
    def has_certainty(self) -> bool:
        """Whether any card says how sure the model was."""
        return any(cell.card.certainty for row in self.rows for cell in row if cell.card)

    def _row(self, variant: int, cards: list[DraftCard | None]) -> list[Cell]:
        digests = [card.draft.sha256 for card in cards if card]
        is_same = len(digests) == 2 and digests[0] == digests[1]
        return [Cell(panel, variant, card, is_same) for panel, card in zip(self.panels, cards, strict=True)]


def comparison_address(left: GenerationRun, right: GenerationRun) -> str:
    return f"{reverse('generation:comparison', args=[left.brief_id])}?runs={left.pk},{right.pk}"


def compared(runs: list[GenerationRun], *, may_write: bool) -> ComparedRuns | None:
    """The two runs in the order given; None for any other number of them."""
    if len(runs) != 2:
        return None
    left, right = panels_of(runs, may_write=may_write)
    return ComparedRuns(left, right)


def settings_of(left: GenerationRun, right: GenerationRun) -> list[Setting]:
    """What was asked of each, in the order of importance. Weights that are not known yet are no difference."""
    both = (left, right)
    digests = [run.model.digest[:12] for run in both if run.model]
    rows = [
        (_("Model"), [name_of_model(run) for run in both]),
        *([(_("Weights"), digests)] if len(digests) == 2 else []),
        (_("How freely the model writes"), [preset_label(run.preset, run.decoding) or UNSAID for run in both]),
        *(
            (label, [value_words(name, run.decoding.get(name)) for run in both])
            for name, label in decoding_labels(run.decoding for run in both)
        ),
        (_("Seed"), [str(run.seed) for run in both]),
        (_("Variants"), [run.variants for run in both]),
    ]
    found = [Setting(label, *values) for label, values in rows]
    if left.messages != right.messages:
        told = _("as in run %(number)s")
        found.append(Setting(_("What the model was told"), *(told % {"number": run.pk} for run in both)))
    return found


def choices_of(brief: Brief) -> list[GenerationRun]:
    """The runs of a brief that may be chosen, newest first."""
    return list(brief.runs.select_related("model").order_by("-pk")[:MOST_CHOICES])
