"""Small forms of the settings: groups, reasons, known answers."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import Role, User
from review.models import DECIDED, GoldItem, ReasonCode, Review, ReviewGroup

CODE = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", _("Use small letters, digits and single hyphens: off-brand."))


def reviewers_of(team_id: int) -> Any:
    """By name."""
    return User.objects.filter(memberships__team=team_id, memberships__role=Role.REVIEWER).order_by("name", "pk")


class GroupNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the group"),
        max_length=ReviewGroup._meta.get_field("name").max_length,
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class GroupForm(GroupNameForm):
    members = forms.ModelMultipleChoiceField(
        label=_("Members"),
        required=False,
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, team_id: int) -> None:
        super().__init__(data)
        cast("forms.ModelMultipleChoiceField[User]", self.fields["members"]).queryset = reviewers_of(team_id)


class MemberForm(forms.Form):
    """Who of the team's reviewers is not in the group yet."""

    user = forms.ModelChoiceField(label=_("Reviewer"), queryset=User.objects.none(), empty_label=None)

    def __init__(self, data: Any = None, *, group: ReviewGroup) -> None:
        super().__init__(data)
        others = reviewers_of(group.team_id).exclude(review_groups=group)
        cast("forms.ModelChoiceField[User]", self.fields["user"]).queryset = others


class ReasonForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=ReasonCode._meta.get_field("code").max_length,
        validators=[CODE],
        help_text=_("For files and programs; it never changes."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    label_en = forms.CharField(
        label=_("In English"),
        max_length=ReasonCode._meta.get_field("label_en").max_length,
        widget=forms.TextInput({"autocomplete": "off", "lang": "en"}),
    )
    label_zh = forms.CharField(
        label=_("In Chinese"),
        max_length=ReasonCode._meta.get_field("label_zh").max_length,
        widget=forms.TextInput({"autocomplete": "off", "lang": "zh"}),
    )


class GoldForm(forms.Form):
    """The right verdict on the submitted text, and why it is right."""

    verdict = forms.ChoiceField(
        label=_("Right verdict"), choices=[(status.value, status.label) for status in DECIDED], widget=forms.RadioSelect
    )
    explanation = forms.CharField(
        label=_("Why"),
        max_length=GoldItem._meta.get_field("explanation").max_length,
        help_text=_("Reviewers read this after they have decided."),
        widget=forms.Textarea({"rows": 3, "data-limit": GoldItem._meta.get_field("explanation").max_length}),
    )

    def __init__(self, data: Any = None, *, review: Review) -> None:
        decision = Review.Status.CHANGES_REQUESTED if review.was_corrected else review.status
        super().__init__(data, initial={"verdict": decision})
