"""One decision, as the reviewer fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from review.actions.decisions import LONGEST_COMMENT
from review.actions.verdicts import Verdict
from review.models import Feedback, ReasonCode, Review

RATINGS = [(value, str(value)) for value in range(1, 6)]
REFUSALS = frozenset({Review.Status.CHANGES_REQUESTED, Review.Status.REJECTED})


class DecisionForm(forms.Form):
    """One decision on one text. `decision` is the status that the pressed button asks for.

    `typed` is what the reviewer had typed before and what is filled in again. The fact check is asked for only where
    the policy wants it.
    """

    sha256 = forms.CharField(widget=forms.HiddenInput, required=False)
    correct = forms.BooleanField(label=_("Correct"), required=False)
    corrected_text = forms.CharField(label=_("Corrected text"), required=False, strip=False, widget=forms.Textarea)
    facts_checked = forms.BooleanField(label=_("I have checked the facts"), required=False)
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

    def __init__(
        self, data: Any = None, *, review: Review, decision: str = "", typed: Mapping[str, Any] | None = None
    ) -> None:
        text = {"sha256": review.current_draft.sha256, "corrected_text": review.current_draft.text}
        super().__init__(data, initial=text | dict(typed or {}))
        self.decision = decision
        self.fields["reasons"].queryset = ReasonCode.objects.on_offer().filter(team_id=review.team_id)  # type: ignore[attr-defined]
        self.fields["corrected_text"].widget.attrs["lang"] = review.current_draft.language
        if not review.policy.fact_check:
            del self.fields["facts_checked"]

    def clean_corrected_text(self) -> str:
        return str(self.cleaned_data["corrected_text"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if self.decision in REFUSALS and "reasons" in chosen and not chosen["reasons"]:
            self.add_error("reasons", _("Choose at least one reason, so that the author knows what to change."))
        if self.decision == Review.Status.APPROVED and chosen.get("facts_checked") is False:
            self.add_error("facts_checked", _("Check the facts of the text first, and say so with the tick."))
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
            facts_checked=bool(chosen.get("facts_checked")),
        )


def said_in(feedback: Feedback) -> dict[str, Any]:
    """A verdict as values of the form, to give it once more."""
    said: dict[str, Any] = {
        name: getattr(feedback, name) for name in ("accuracy", "brand_fit", "language", "comment", "facts_checked")
    }
    said["reasons"] = [reason.code for reason in feedback.reasons.all()]
    if feedback.was_corrected and feedback.approved_draft is not None:
        said |= {"correct": True, "corrected_text": feedback.approved_draft.text}
    return said
