"""How an auditor narrows the list of events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from aigc_portal.audit.labels import ACTIONS, GROUPS, TYPES, Label
from aigc_portal.audit.models import AuditEvent, AuditEventQuerySet
from aigc_portal.days import DayField, start_of_day

PORTAL = "portal"


class EventFilters(forms.Form):
    """Filters among the teams that the reader audits. A value that is not on offer fits no event."""

    actor = forms.ChoiceField(label=_("Who"), required=False)
    action = forms.ChoiceField(label=_("Did what"), required=False)
    type = forms.ChoiceField(label=_("To what"), required=False, choices=[("", _("Anything")), *TYPES.items()])
    id = forms.IntegerField(label=_("Number"), required=False, min_value=1, max_value=2**63 - 1)
    team = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int, empty_value=None)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)

    def __init__(self, data: Any, *, team_ids: list[int]) -> None:
        super().__init__(data, auto_id="filter_%s")
        acts = AuditEvent.objects.filter(team__in=team_ids, actor=OuterRef("pk"))
        in_teams = get_user_model().objects.filter(memberships__team__in=team_ids)
        people = get_user_model().objects.filter(Q(pk__in=in_teams.values("pk")) | Exists(acts)).order_by("name")
        teams = (
            AuditEvent._meta.get_field("team").related_model._default_manager.filter(pk__in=team_ids).order_by("name")
        )
        self._choices("actor", _("Anybody"), [(PORTAL, _("The portal")), *((person.pk, person) for person in people)])
        self._choices("action", _("Anything"), grouped_actions())
        self._choices("team", _("All teams"), [(team.pk, team) for team in teams])
        if len(team_ids) < 2:
            del self.fields["team"]
        self.is_valid()

    def _choices(self, name: str, nothing: Label, choices: list[Any]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = [("", nothing), *choices]

    def narrow(self, events: AuditEventQuerySet) -> AuditEventQuerySet:
        chosen = self.cleaned_data
        if self.errors:
            return events.none()
        if actor := chosen.get("actor"):
            events = events.filter(actor=None if actor == PORTAL else int(actor))
        if action := chosen.get("action"):
            events = events.filter(action=action)
        if target_type := chosen.get("type"):
            events = events.filter(target_type=target_type)
        if target_id := chosen.get("id"):
            events = events.filter(target_id=str(target_id))
        if team := chosen.get("team"):
            events = events.filter(team=team)
        if since := chosen.get("since"):
            events = events.filter(at__gte=start_of_day(since))
        if until := chosen.get("until"):
            events = events.filter(at__lt=start_of_day(until + timedelta(days=1)))
        return events

    @property
    def target(self) -> tuple[str, str] | None:
        """The type and id of the one object that is asked for, if it is one."""
        chosen = self.cleaned_data
        return (chosen["type"], str(chosen["id"])) if chosen.get("type") and chosen.get("id") else None

    @property
    def in_use(self) -> bool:
        return bool(self.errors) or any(self.cleaned_data.values())


def grouped_actions() -> list[tuple[Label, list[tuple[str, Label]]]]:
    """Actions as a select shows them: grouped by the noun of their code."""
    return [
        (group, [(code, label) for code, label in ACTIONS.items() if code.partition(".")[0] == noun])
        for noun, group in GROUPS.items()
    ]
