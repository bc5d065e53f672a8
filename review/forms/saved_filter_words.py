"""What a saved filter narrows the queue to, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from aigc_portal.accounts.models import Role, User
from review.forms.queue_filters import Column, SubjectFilters, offers
from review.queue_scope import FIRST_STATE, State, View


@dataclass(frozen=True)
class Part:
    """`label` is "" where the words say it alone. `gone`: what was chosen is not on offer any more."""

    label: Any
    words: Any
    gone: bool = False


@dataclass(frozen=True)
class Held:
    parts: list[Part]

    @property
    def gone(self) -> bool:
        return any(part.gone for part in self.parts)


class FilterWords:
    """For one reader, whose offers are read once for all filters. As in the queue, what is gone narrows nothing."""

    def __init__(self, user: User, teams: list[int]) -> None:
        self.filters = SubjectFilters({}, teams=teams)
        self.views = [view for view in View if view != View.MINE or user.teams_as(Role.REVIEWER)]

    def of(self, query: str) -> Held:
        """Whose reviews, in what state, what was searched for, then each column."""
        chosen = {name: str(value) for name, value in QueryDict(query).items()}
        wanted, state = chosen.get("view", ""), chosen.get("state", "")
        view = View(wanted) if wanted in self.views else View.TEAM
        parts = [Part(View(wanted).label, _("no longer there"), gone=True)] if wanted in View and wanted != view else []
        parts.append(self.whose(view, chosen.get("team", "")))
        parts.append(Part("", (State(state) if state in State else FIRST_STATE[view]).label))
        if typed := chosen.get("q"):
            parts.append(Part(self.filters.fields["q"].label, f"“{typed}”"))
        return Held(parts + list(self.columns(chosen, view)))

    def whose(self, view: View, team: str) -> Part:
        """The queue is that of the chosen team, or of the reader's first; who has one team is not told."""
        if view != View.TEAM or len(self.filters.teams) < 2:
            return Part("", view.label)
        names, first = dict(offers(self.filters.fields["team"])), str(self.filters.first_team)
        return Part(view.label, names.get(team or first, names[first]))

    def columns(self, chosen: dict[str, str], view: View) -> Iterator[Part]:
        for name, field in self.filters.fields.items():
            value = chosen.get(name)
            if not value or not isinstance(field, Column):
                continue
            words = dict(offers(field)).get(value)
            if words is None:
                gone = _("no longer one of yours") if name == "team" else _("no longer there")
                yield Part(field.label, gone, gone=True)
            elif name != "team" or view != View.TEAM:
                yield Part(field.label, words)
