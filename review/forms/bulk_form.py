"""What somebody does with the reviews that they selected in the queue."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import Role, User
from review.actions.bulk import MOST
from review.actions.decisions import LONGEST_COMMENT
from review.actions.verdicts import Verdict
from review.forms.decision_form import REFUSALS
from review.models import DECIDED, Priority, ReasonCode, Review

NOBODY = "nobody"
GONE = _("One of the selected texts is not there any more. Select again.")
FORMER = _("This person does not review here any more. Choose again.")


class SelectionForm(forms.Form):
    """The selected reviews, at most a hundred, of those that the queue shows to the user."""

    review = forms.ModelMultipleChoiceField(
        queryset=Review.objects.none(),
        error_messages={
            "required": _("Select at least one text first."),
            "invalid_choice": GONE,
            "invalid_pk_value": GONE,
        },
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        # Of texts with a known answer the user's own, which look like any other; nobody selects those of others.
        seen = Review.for_reviewers.visible_to(user).filter(Q(gold=None) | Q(assigned_to=user)).with_subject()
        cast("forms.ModelMultipleChoiceField[Review]", self.fields["review"]).queryset = seen

    def clean_review(self) -> list[Review]:
        chosen = list(self.cleaned_data["review"])
        if len(chosen) > MOST:
            raise forms.ValidationError(_("Select at most %(most)s texts at a time.") % {"most": MOST})
        return sorted(chosen, key=lambda review: (review.priority, review.due_at, review.pk))


class AssignForm(SelectionForm):
    person = forms.ChoiceField(
        error_messages={"required": _("Choose to whom the texts are assigned."), "invalid_choice": FORMER}
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data, user=user)
        self.people = {str(person.pk): person for person in reviewers_of(user.teams_as(Role.LEAD))}
        people = [(key, str(person)) for key, person in self.people.items()]
        cast(forms.ChoiceField, self.fields["person"]).choices = [(NOBODY, _("Nobody")), *people]

    @property
    def assignee(self) -> User | None:
        return self.people.get(self.cleaned_data["person"])


class PriorityForm(SelectionForm):
    priority = forms.TypedChoiceField(
        coerce=int, choices=Priority.choices, error_messages={"required": _("Choose a priority.")}
    )


class VerdictForm(SelectionForm):
    """One verdict on all of them; each text's hash stands in `sha256-<id>`."""

    decision = forms.ChoiceField(choices=[(status.value, status.label) for status in DECIDED])
    reasons = forms.ModelMultipleChoiceField(
        label=_("Reasons"),
        required=False,
        queryset=ReasonCode.objects.none(),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )
    comment = forms.CharField(
        label=_("Comment to the authors"),
        required=False,
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea({"rows": 2}),
    )
    facts_checked = forms.BooleanField(label=_("I have checked the facts of every text"), required=False)

    def clean_review(self) -> list[Review]:
        chosen = super().clean_review()
        if len({review.team_id for review in chosen}) > 1:
            raise forms.ValidationError(_("Select texts of one team: reasons and rules differ between teams."))
        offered = ReasonCode.objects.on_offer().filter(team_id=chosen[0].team_id)
        cast("forms.ModelMultipleChoiceField[ReasonCode]", self.fields["reasons"]).queryset = offered
        return chosen

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        decision, reviews = chosen.get("decision"), chosen.get("review", [])
        if decision in REFUSALS and "reasons" in chosen and not chosen["reasons"]:
            self.add_error("reasons", _("Choose at least one reason, so that the author knows what to change."))
        facts = decision == Review.Status.APPROVED and any(review.policy.fact_check for review in reviews)
        if facts and not chosen.get("facts_checked"):
            self.add_error("facts_checked", _("Check the facts of the texts first, and say so with the tick."))
        return chosen

    @property
    def sha256(self) -> dict[int, str]:
        """Which text was shown, by the review's id; "" where none was."""
        return {review.pk: self.data.get(f"sha256-{review.pk}", "") for review in self.cleaned_data["review"]}

    @property
    def verdict(self) -> Verdict:
        chosen = self.cleaned_data
        reasons = [reason.code for reason in chosen["reasons"]]
        return Verdict(reasons=reasons, comment=chosen["comment"], facts_checked=chosen["facts_checked"])


def reviewers_of(teams: list[int]) -> list[User]:
    """By name. One query."""
    found = User.objects.filter(memberships__team__in=teams, memberships__role=Role.REVIEWER, is_active=True)
    return list(found.distinct().order_by("name", "pk"))
