"""What a lead writes down who decides alone."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from review.actions.break_glass import LONGEST_REASON, SHORTEST_REASON
from review.actions.decisions import LONGEST_COMMENT
from review.actions.verdicts import Verdict
from review.models import DECIDED, ReasonCode, Review


class BreakGlassForm(forms.Form):
    """`sha256` is of the text that the lead read."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    decision = forms.ChoiceField(
        label=_("Decision"), choices=[(status.value, status.label) for status in DECIDED], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Why this cannot wait for somebody else"),
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        help_text=_("At least 20 characters. It stands in the audit log and cannot be changed."),
        widget=forms.Textarea({"rows": 3, "data-limit": LONGEST_REASON}),
    )
    reasons = forms.ModelMultipleChoiceField(
        label=_("Reasons for the author"),
        required=False,
        queryset=ReasonCode.objects.none(),
        to_field_name="code",
        help_text=_("Needed to ask for changes or to reject."),
        widget=forms.CheckboxSelectMultiple,
    )
    comment = forms.CharField(
        label=_("Comment to the author"),
        required=False,
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, data: Any = None, *, review: Review) -> None:
        super().__init__(data, initial={"sha256": review.current_draft.sha256})
        offered = ReasonCode.objects.on_offer().filter(team_id=review.team_id)
        cast("forms.ModelMultipleChoiceField[ReasonCode]", self.fields["reasons"]).queryset = offered

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        refuses = chosen.get("decision") in (Review.Status.CHANGES_REQUESTED, Review.Status.REJECTED)
        if refuses and "reasons" in chosen and not chosen["reasons"]:
            self.add_error("reasons", _("Choose at least one reason, so that the author knows what to change."))
        return chosen

    @property
    def verdict(self) -> Verdict:
        chosen = self.cleaned_data
        return Verdict(reasons=[reason.code for reason in chosen["reasons"]], comment=chosen["comment"])
