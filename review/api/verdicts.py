"""What a reviewer says with a decision, and how it is shown."""

from __future__ import annotations

from rest_framework import serializers

from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.api_input import Input
from generation.models.drafts import LONGEST_TEXT
from review.actions.decisions import LONGEST_COMMENT
from review.api.reasons import ReasonCodeSerializer
from review.models import DECIDED, Feedback
from review.visible_feedback import SeenVerdict


def rating() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=5, allow_null=True, default=None)


class VerdictInput(Input):
    """Ratings run from 1 (worst) to 5."""

    sha256 = serializers.CharField(max_length=64, help_text="Of the text that the reviewer read.")
    accuracy = rating()
    brand_fit = rating()
    language = rating()
    comment = serializers.CharField(max_length=LONGEST_COMMENT, allow_blank=True, default="")
    facts_checked = serializers.BooleanField(
        default=False, help_text="That the facts were checked; some policies need it of every approval."
    )


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


class VerdictSerializer(serializers.Serializer[SeenVerdict]):
    """One reviewer's verdict at one step. `draft` was read, `approved_draft` is what it approves: the same, or the
    reviewer's correction. `reviewer` is null where the policy keeps who it was."""

    id = serializers.IntegerField(source="feedback.pk")
    reviewer = PersonSerializer(allow_null=True)
    step = serializers.IntegerField(source="feedback.step")
    kind = serializers.ChoiceField(Feedback.Kind.choices, source="feedback.kind")
    verdict = serializers.ChoiceField([(status.value, status.label) for status in DECIDED], source="feedback.verdict")
    draft = serializers.IntegerField(source="feedback.draft_id")
    approved_draft = serializers.IntegerField(source="feedback.approved_draft_id", allow_null=True)
    facts_checked = serializers.BooleanField(source="feedback.facts_checked")
    reasons = ReasonCodeSerializer(many=True, source="feedback.reasons")
    accuracy = serializers.IntegerField(source="feedback.accuracy", allow_null=True)
    brand_fit = serializers.IntegerField(source="feedback.brand_fit", allow_null=True)
    language = serializers.IntegerField(source="feedback.language", allow_null=True)
    comment = serializers.CharField(source="feedback.comment")
    given_at = serializers.DateTimeField(source="feedback.given_at")
