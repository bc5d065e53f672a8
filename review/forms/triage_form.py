"""Whose a review is, how urgent, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import User
from review.forms.bulk_form import FORMER, NOBODY, reviewers_of
from review.models import Priority, Review

OVER = _("This time is over. Choose a later one.")


class TriageForm(forms.Form):
    """Carries along what it showed at first, so that only what its reader changed is written."""

    person = forms.ChoiceField(
        label=_("Assigned to"), show_hidden_initial=True, error_messages={"invalid_choice": FORMER}
    )
    priority = forms.TypedChoiceField(
        label=_("Priority"), show_hidden_initial=True, coerce=int, choices=Priority.choices
    )
    due_at = forms.DateTimeField(
        label=_("Due"),
        show_hidden_initial=True,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: Any = None, *, review: Review) -> None:
        initial = {
            "person": str(review.assigned_to_id or NOBODY),
            "priority": review.priority,
            "due_at": review.due_at.replace(second=0, microsecond=0),  # as precise as its field
        }
        super().__init__(data, initial=initial)
        people = reviewers_of([review.team_id])
        self.people = {str(person.pk): person for person in people}
        if review.assigned_to is not None:
            self.people.setdefault(str(review.assigned_to_id), review.assigned_to)
        cast(forms.ChoiceField, self.fields["person"]).choices = self.choices_for(review)
        self.fields["due_at"].help_text = _("Time zone of the portal: %(zone)s.") % {"zone": settings.TIME_ZONE}

    def choices_for(self, review: Review) -> list[Any]:
        """Who may decide on the text comes first; the others are refused by name."""
        barred = {*review.draft.contributors, *review.barred}
        asked = None if review.group is None else set(review.group.members.values_list("pk", flat=True))
        may: list[tuple[str, str]] = []
        may_not: list[tuple[str, str]] = []
        for key, person in self.people.items():
            fits = person.pk not in barred and (asked is None or person.pk in asked)
            (may if fits else may_not).append((key, str(person)))
        groups = [(_("May review it"), may), (_("May not: wrote, judged or is not asked"), may_not)]
        nobody = (NOBODY, _("Nobody: any reviewer who is asked"))
        return [nobody, *(group for group in groups if group[1])]

    def clean_due_at(self) -> datetime:
        """An overdue review keeps its date; a new one lies ahead."""
        due_at: datetime = self.cleaned_data["due_at"]
        if "due_at" in self.changed_data and due_at <= timezone.now():
            raise forms.ValidationError(OVER)
        return due_at

    @property
    def assignee(self) -> User | None:
        return self.people.get(self.cleaned_data["person"])

    def was_overtaken(self) -> bool:
        """Whether the reader changed what somebody else has changed since the form was shown."""
        return any(self.shown(name) != self.now(name) for name in self.changed_data if self.shown(name) is not None)

    def renewed(self, review: Review) -> TriageForm:
        """As the review stands now, with what the reader changed; sent again, it is written."""
        fresh = TriageForm(review=review)
        data = {name: self.data[name] for name in self.data}
        for name in self.fields:
            data[self.add_initial_prefix(name)] = written(fresh[name].value())
            if name not in self.changed_data:
                data[name] = written(fresh[name].value())
        return TriageForm(data, review=review)

    def shown(self, name: str) -> Any:
        """What the reader saw in the field at first; None where that did not come along."""
        typed = self.data.get(self.add_initial_prefix(name))
        return None if typed is None else self.fields[name].to_python(typed)

    def now(self, name: str) -> Any:
        return self.fields[name].to_python(written(self[name].initial))


def written(value: Any) -> str:
    return value.isoformat(timespec="minutes") if isinstance(value, datetime) else str(value)
