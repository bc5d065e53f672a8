"""Which reviews somebody looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, cached_property, lru_cache
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.core.cache import caches
from django.db.models import Q
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from generation.models.languages import Channel, Language
from review.forms import queue_choices as choices
from review.models import Priority
from review.queue_scope import FIRST_STATE, State, View
from review.search import Search, search_for

Choices = Iterable[tuple[Any, Any]]
Offer = Callable[[list[int]], Choices]
KEPT_SECONDS = 60


class Column(forms.ChoiceField):
    """A filter by one column. A value that is not on offer filters nothing."""

    def __init__(self, label: Any, everything: Any, lookup: str, offer: Choices | Offer) -> None:
        super().__init__(label=label, required=False, choices=() if callable(offer) else [("", everything), *offer])
        self.everything, self.lookup = everything, lookup
        self.named: Choices = () if callable(offer) else offer
        self.offer = offer if callable(offer) else None
        self.teams = list[int]()

    def of_teams(self, teams: list[int]) -> None:
        """Choices that depend on the teams are read when they are needed, and once."""
        self.teams = teams
        if offer := self.offer:
            self.choices = cast(Any, cache(lambda: [("", self.everything), *self.named, *offer(teams)]))

    def offers_kept(self, chosen: str) -> list[tuple[str, str]]:
        """For reading alone: as they were within the last minute, but what is chosen is among them."""
        shown = [("", str(self.everything)), *((str(value), str(words)) for value, words in self.named)]
        if self.offer:
            key = f"queue-offers-{self.offer.__name__}-{'-'.join(map(str, sorted(self.teams)))}"
            found = caches["process"].get(key)
            if found is None or (chosen and chosen not in {value for value, _words in [*shown, *found]}):
                found = list(self.offer(self.teams))
                caches["process"].set(key, found, KEPT_SECONDS)
            shown += found
        return shown

    def condition(self, chosen: str) -> Q:
        return Q(**{self.lookup: chosen})


class Special(Column):
    """A filter whose choices are conditions of their own; other choices are values of the column."""

    def __init__(
        self,
        label: Any,
        everything: Any,
        lookup: str,
        special: choices.Conditions,
        offer: Offer | None = None,
    ) -> None:
        named = [(value, words) for value, (words, _condition) in special.items()]
        super().__init__(label, everything, lookup, offer or named)
        self.named, self.special = named, special

    def condition(self, chosen: str) -> Q:
        return self.special[chosen][1]() if chosen in self.special else super().condition(chosen)


class Assignee(Special):
    """A text with a known answer is shown as assigned to nobody."""

    def condition(self, chosen: str) -> Q:
        condition = super().condition(chosen)
        return condition if chosen in self.special else condition & Q(gold=None)


class SubjectFilters(forms.Form):
    """The page of the queue that somebody chose, as its address carries it. Another filter is another line here."""

    view = forms.ChoiceField(required=False, choices=View.choices, widget=forms.HiddenInput)
    state = forms.ChoiceField(required=False, choices=State.choices, widget=forms.HiddenInput)
    q = forms.CharField(
        label=_("Search"),
        required=False,
        widget=forms.SearchInput({"placeholder": _("Search titles and texts"), "data-shortcut": "/"}),
    )
    team = Column(_("Team"), _("All teams"), "team", choices.teams)
    priority = Column(_("Priority"), _("All priorities"), "priority", Priority.choices)
    due = Special(_("Due"), _("Any time"), "due_at", choices.DUE)
    age = Special(_("Older than"), _("Any age"), "submitted_at", choices.AGE)
    channel = Column(_("Channel"), _("All channels"), "channel", Channel.choices)
    language = Column(_("Language"), _("All languages"), "language", Language.choices)
    prompt = Column(_("Prompt"), _("All prompts"), "prompt", choices.prompts)
    model = Column(_("Model"), _("All models"), "model", choices.models)
    submitted_by = Column(_("Submitted by"), _("Anybody"), "submitted_by", choices.marketers)
    assigned_to = Assignee(_("Assigned to"), _("Anybody"), "assigned_to", choices.NOBODY, choices.reviewers)

    def __init__(self, data: Any, *, teams: list[int]) -> None:
        """`teams` are those of the reader, by their names."""
        super().__init__({name: data[name].replace("\0", "") for name in data}, auto_id="filter_%s")
        self.teams = teams
        for field in self.fields.values():
            if isinstance(field, Column):
                field.of_teams(teams)
        self.is_valid()

    @property
    def view_chosen(self) -> str:
        return self.cleaned_data.get("view") or View.TEAM

    @property
    def state_chosen(self) -> str:
        return self.cleaned_data.get("state") or FIRST_STATE[View(self.view_chosen)]

    @property
    def chosen(self) -> dict[str, str]:
        """What is chosen beside view, state and search, by the names of the fields."""
        columns = (name for name, field in self.fields.items() if isinstance(field, Column))
        return {name: self.cleaned_data[name] for name in columns if self.cleaned_data.get(name)}

    @cached_property
    def search(self) -> Search | None:
        return search_for(self.typed)

    @property
    def typed(self) -> str:
        return self.cleaned_data.get("q") or ""

    @property
    def panel(self) -> list[tuple[str, Any, SafeString]]:
        """Name, label and options of the filters with something to choose from. The team's queue has its own switch of
        teams.
        """
        columns = (
            (name, field, self.chosen.get(name, ""))
            for name, field in self.fields.items()
            if isinstance(field, Column) and (name != "team" or self.view_chosen != View.TEAM)
        )
        shown = [(name, field.label, chosen, tuple(field.offers_kept(chosen))) for name, field, chosen in columns]
        return [(name, label, options(kept, chosen)) for name, label, chosen, kept in shown if chosen or len(kept) > 2]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the form of the filters carries along."""
        kept = ("view", "state", "team") if self.view_chosen == View.TEAM else ("view", "state")
        return [(name, self.cleaned_data[name]) for name in kept if self.cleaned_data.get(name)]

    @property
    def chips(self) -> list[tuple[Any, Any, str]]:
        """Label and words of each chosen filter, and the query string without it."""
        named = ((name, cast(Column, self.fields[name]), chosen) for name, chosen in self.chosen.items())
        return [
            (field.label, dict(offers(field)).get(chosen), self.query(**{name: ""}))
            for name, field, chosen in named
            if name != "team" or self.view_chosen != View.TEAM
        ]

    def without_search(self) -> str:
        return self.query(q="")

    def cleared(self) -> str:
        return self.query(q="", **dict.fromkeys(self.chosen.keys() - {"team"}, ""))

    def offered(self, name: str) -> list[tuple[str, str]]:
        """As within the last minute."""
        return [(value, words) for value, words in cast(Column, self.fields[name]).offers_kept("") if value]

    @property
    def first_team(self) -> int:
        return self.teams[0]

    @property
    def narrows(self) -> bool:
        """Whether rows may be left out, beside those of another team."""
        return bool(self.typed or self.chosen.keys() - {"team"})

    def condition(self) -> Q:
        """Of what is chosen, without the search: see review/queue_pages.py."""
        condition = Q()
        for name, chosen in self.chosen.items():
            condition &= cast(Column, self.fields[name]).condition(chosen)
        return condition

    def query(self, **more: str) -> str:
        """What is chosen, and `more`, as a query string with its question mark; "" where nothing is. "" takes away."""
        chosen = {name: self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)}
        if chosen.get("view") == View.TEAM:
            del chosen["view"]
        wanted = {name: value for name, value in (chosen | more).items() if value}
        return f"?{urlencode(wanted)}" if wanted else ""


@lru_cache(maxsize=256)
def options(offered: tuple[tuple[str, str], ...], chosen: str) -> SafeString:
    """Hundreds of people are on offer: widgets and templates are slow at that."""
    return mark_safe(  # noqa: S308  # escaped
        "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
            for value, words in offered
        )
    )


def offers(field: forms.Field) -> list[tuple[str, Any]]:
    return [(str(value), words) for value, words in cast(Any, field).choices]
