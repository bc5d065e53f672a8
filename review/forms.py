"""What reviewers fill in: the queue's filters and the decision."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aigc_portal.accounts.models import Role, User
from generation.models.languages import Channel, Language
from review.actions.decisions import LONGEST_COMMENT, Verdict
from review.models import ReasonCode, Review

RATINGS = [(value, str(value)) for value in range(1, 6)]
REFUSALS = frozenset({Review.Status.CHANGES_REQUESTED, Review.Status.REJECTED})


class SubjectFilters(forms.Form):
    """Which texts a reviewer works on. A value that is not on offer filters nothing."""

    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=[("", _("All channels")), *Channel.choices])
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("All languages")), *Language.choices]
    )
    submitted_by = forms.ModelChoiceField(
        label=_("Submitted by"), required=False, queryset=User.objects.none(), empty_label=_("Anybody")
    )

    def __init__(self, data: Any, *, teams: list[int]) -> None:
        super().__init__(data, auto_id="filter_%s")
        people = User.objects.filter(memberships__team__in=teams, memberships__role=Role.MARKETER).distinct()
        self.fields["submitted_by"].queryset = people.order_by("name")  # type: ignore[attr-defined]
        self.is_valid()

    def condition(self) -> Q:
        chosen = self.cleaned_data
        condition = Q()
        if channel := chosen.get("channel"):
            condition &= Q(draft__brief__channel=channel)
        if language := chosen.get("language"):
            condition &= Q(draft__brief__language=language)
        if person := chosen.get("submitted_by"):
            condition &= Q(submitted_by=person)
        return condition

    def query(self, **more: str) -> str:
        """The chosen filters and `more` as a query string with its question mark; "" where nothing is chosen."""
        chosen = {name: self.data[name] for name in self.fields if self.cleaned_data.get(name)}
        return f"?{urlencode(chosen | more)}" if chosen or more else ""


class DecisionForm(forms.Form):
    """One decision on one text. `decision` is the status that the pressed button asks for."""

    sha256 = forms.CharField(widget=forms.HiddenInput, required=False)
    correct = forms.BooleanField(label=_("Correct"), required=False)
    corrected_text = forms.CharField(label=_("Corrected text"), required=False, strip=False, widget=forms.Textarea)
    accuracy = forms.TypedChoiceField(
        label=_("Accuracy"), required=False, coerce=int, empty_value=None, choices=RATINGS, widget=forms.RadioSelect
    )
    brand_fit = forms.TypedChoiceField(
        label=_("Brand fit"), required=False, coerce=int, empty_value=None, choices=RATINGS, widget=forms.RadioSelect
    )
    language = forms.TypedChoiceField(
        label=pgettext_lazy("quality", "Language"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=RATINGS,
        widget=forms.RadioSelect,
    )
    reasons = forms.ModelMultipleChoiceField(
        label=_("Reasons"),
        required=False,
        queryset=ReasonCode.objects.none(),
        to_field_name="code",
        widget=forms.CheckboxSelectMultiple,
    )
    comment = forms.CharField(
        label=_("Comment to the author"),
        required=False,
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any = None, *, review: Review, decision: str = "") -> None:
        super().__init__(data, initial={"sha256": review.draft.sha256, "corrected_text": review.draft.text})
        self.decision = decision
        self.fields["reasons"].queryset = ReasonCode.objects.filter(team_id=review.team_id)  # type: ignore[attr-defined]
        self.fields["corrected_text"].widget.attrs["lang"] = review.draft.language

    def clean_corrected_text(self) -> str:
        return str(self.cleaned_data["corrected_text"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if self.decision in REFUSALS and "reasons" in chosen and not chosen["reasons"]:
            self.add_error("reasons", _("Choose at least one reason, so that the author knows what to change."))
        return chosen

    @property
    def correction(self) -> str | None:
        """The text typed in place of the draft, or None where the draft stands as it is."""
        return self.cleaned_data.get("corrected_text") if self.cleaned_data.get("correct") else None

    @property
    def verdict(self) -> Verdict:
        chosen = self.cleaned_data
        return Verdict(
            reasons=[reason.code for reason in chosen.get("reasons", ())],
            accuracy=chosen.get("accuracy"),
            brand_fit=chosen.get("brand_fit"),
            language=chosen.get("language"),
            comment=chosen.get("comment", ""),
        )
