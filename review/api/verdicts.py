"""What a reviewer says with a decision, and how it is shown."""

from __future__ import annotations

from rest_framework import serializers

from aigc_portal.api_input import Input
from generation.models.drafts import LONGEST_TEXT
from review.actions.decisions import LONGEST_COMMENT
from review.api.reasons import ReasonCodeSerializer
from review.models import Feedback


def rating() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=5, allow_null=True, default=None)


class VerdictInput(Input):
    """Ratings run from 1 (worst) to 5."""

    sha256 = serializers.CharField(max_length=64, help_text="Of the text that the reviewer read.")
    accuracy = rating()
    brand_fit = rating()
    language = rating()
    comment = serializers.CharField(max_length=LONGEST_COMMENT, allow_blank=True, default="")


class ApprovalInput(VerdictInput):
    reasons = serializers.ListField(child=serializers.SlugField(), default=list, max_length=20)
    corrected_text = serializers.CharField(
        max_length=LONGEST_TEXT, trim_whitespace=False, allow_null=True, default=None
    )


class RefusalInput(VerdictInput):
    reasons = serializers.ListField(child=serializers.SlugField(), min_length=1, max_length=20)


class FeedbackSerializer(serializers.ModelSerializer[Feedback]):
    reasons = ReasonCodeSerializer(many=True, read_only=True)

    class Meta:
        model = Feedback
        fields = read_only_fields = ["reasons", "accuracy", "brand_fit", "language", "comment"]
