"""The form of a policy: what holds for all reviews, and up to five steps."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from review.models import PolicyStep, ReviewGroup, ReviewPolicy
from review.models.policies import MOST_REVIEWERS, MOST_STEPS
from review.policy_rules import PolicyRules, StepRules

LONGEST_DUE_HOURS = 2160  # ninety days
COUNTS = [(count, str(count)) for count in range(1, MOST_REVIEWERS + 1)]


class StepForm(forms.Form):
    """One step. Without a number of reviewers there is no such step."""

    name = forms.CharField(
        label=_("Name of the step"),
        required=False,
        max_length=PolicyStep._meta.get_field("name").max_length,
        widget=forms.TextInput({"autocomplete": "off", "placeholder": " "}),  # settings.css sees by it what is empty
    )
    group = forms.ModelChoiceField(
        label=_("Who is asked"),
        required=False,
        queryset=ReviewGroup.objects.none(),
        empty_label=_("Any reviewer of the team"),
    )
    reviewers = forms.TypedChoiceField(
        label=_("Reviewers"), required=False, coerce=int, empty_value=None, choices=[("", "–"), *COUNTS]
    )
    rule = forms.ChoiceField(label=_("They decide when"), choices=PolicyStep.Rule.choices, initial="majority")

    def __init__(self, data: Any, *, number: int, groups: Any, initial: dict[str, Any]) -> None:
        super().__init__(data, prefix=f"step{number}", initial=initial)
        self.number = number
        cast("forms.ModelChoiceField[ReviewGroup]", self.fields["group"]).queryset = groups
        if number == 1:
            reviewers = cast(forms.ChoiceField, self.fields["reviewers"])
            reviewers.required, reviewers.choices = True, COUNTS

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if chosen.get("reviewers") is None and (chosen.get("name") or chosen.get("group")):
            self.add_error("reviewers", _("Say how many, or empty the name and the group to leave the step out."))
        return chosen

    @property
    def in_use(self) -> bool:
        """Whether the step is filled in, as it stands in the form now."""
        return any(self[name].value() for name in ("name", "group", "reviewers"))

    @property
    def rules(self) -> StepRules | None:
        chosen = self.cleaned_data
        if chosen.get("reviewers") is None:
            return None
        return StepRules(chosen["name"], chosen["group"], chosen["reviewers"], chosen["rule"])


def percent(label: Any, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, min_value=0, max_value=100)


class PolicyForm(forms.Form):
    """Filled in with the present version; `based_on` says with which."""

    based_on = forms.IntegerField(widget=forms.HiddenInput)
    blind = forms.BooleanField(
        label=_("Reviewers do not see each other's verdicts before the decision"),
        required=False,
        help_text=_("An adjudicator sees them without names. Authors never learn the reviewers' names."),
    )
    fact_check = forms.BooleanField(label=_("Approving needs the tick that the facts were checked"), required=False)
    confirm_corrections = forms.BooleanField(
        label=_("Somebody else confirms what a reviewer corrected"),
        required=False,
        help_text=_("Otherwise who corrects a text approves it with that."),
    )
    adjudicators = forms.ModelChoiceField(
        label=_("Where reviewers disagree, this decides"),
        required=False,
        queryset=ReviewGroup.objects.none(),
        empty_label=_("Any reviewer who has not judged the text"),
    )
    second_opinion_percent = percent(
        _("Second opinion, in percent of the texts"), _("These get one reviewer more at step 1, chosen by chance.")
    )
    gold_percent = percent(
        _("Known answers, in percent of what a reviewer takes"),
        _("Texts whose right verdict is known look like any other and measure how well people judge."),
    )
    due_hours = forms.IntegerField(label=_("Hours until a review is due"), min_value=1, max_value=LONGEST_DUE_HOURS)

    def __init__(self, data: Any = None, *, policy: ReviewPolicy) -> None:
        names = [name for name in self.base_fields if name != "based_on"]
        present = {name: getattr(policy, name) for name in names} | {"based_on": policy.number}
        super().__init__(data, initial=present)
        groups = ReviewGroup.objects.filter(team=policy.team_id)
        cast("forms.ModelChoiceField[ReviewGroup]", self.fields["adjudicators"]).queryset = groups
        known = {step.position: step for step in policy.steps.all()}
        self.steps = [
            StepForm(data, number=number, groups=groups, initial=step_values(known.get(number)))
            for number in range(1, MOST_STEPS + 1)
        ]

    def is_valid(self) -> bool:
        steps = [step.is_valid() for step in self.steps]  # all of them, so that each shows its errors
        return super().is_valid() and all(steps)

    @property
    def has_errors(self) -> bool:
        return bool(self.errors) or any(step.errors for step in self.steps)

    @property
    def rules(self) -> PolicyRules:
        """Of a valid form; steps that are left out leave no gap."""
        chosen = dict(self.cleaned_data)
        chosen.pop("based_on")
        return PolicyRules(steps=tuple(rules for step in self.steps if (rules := step.rules)), **chosen)


def step_values(step: PolicyStep | None) -> dict[str, Any]:
    if step is None:
        return {}
    return {"name": step.name, "group": step.group_id, "reviewers": step.reviewers, "rule": step.rule}
