"""A review as programs see it, each as far as its reader may."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.accounts.models import Role, User
from generation.api.drafts import DraftSerializer
from generation.models import Draft
from review.api.verdicts import FeedbackSerializer, VerdictSerializer
from review.models import Review, ReviewGroup
from review.standing import Standing, standing
from review.visible_feedback import names_told, visible_corrector, visible_feedback


class ReviewGroupNameSerializer(serializers.ModelSerializer[ReviewGroup]):
    class Meta:
        model = ReviewGroup
        fields = read_only_fields = ["id", "name"]


class ReviewedDraftSerializer(DraftSerializer):
    """`author` is null where the policy keeps from the reader who corrected the text."""

    author = PersonSerializer(allow_null=True, read_only=True)


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """`draft` was submitted; `current_draft` is under review: that one, or the newest correction by a reviewer.

    `step` of `steps` asks the reviewers of `group` (null: any reviewer), and while `disputed` who decides between
    them. `decided_by`, `decided_at`, `approved_draft` and `feedback` tell the decision once there is one; `verdicts`
    are those that the user may see. People who review are null for whoever the policy does not tell their names.
    """

    brief = serializers.IntegerField(source="draft.brief_id", read_only=True)
    draft = DraftSerializer(read_only=True)
    current_draft = serializers.SerializerMethodField()
    submitted_by = PersonSerializer(read_only=True)
    assigned_to = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    group = ReviewGroupNameSerializer(read_only=True, allow_null=True)
    claimed_by = serializers.SerializerMethodField()
    decided_by = serializers.SerializerMethodField()
    approved_draft = serializers.SerializerMethodField()
    break_glass = serializers.SerializerMethodField()
    break_glass_reason = serializers.SerializerMethodField()
    feedback = serializers.SerializerMethodField()
    verdicts = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = read_only_fields = [
            "id",
            "team",
            "status",
            "brief",
            "draft",
            "current_draft",
            "submitted_by",
            "submitted_at",
            "priority",
            "due_at",
            "assigned_to",
            "step",
            "steps",
            "group",
            "disputed",
            "claimed_by",
            "claimed_until",
            "decided_by",
            "decided_at",
            "approved_draft",
            "was_corrected",
            "break_glass",
            "break_glass_reason",
            "feedback",
            "verdicts",
        ]

    @extend_schema_field(ReviewedDraftSerializer)
    def get_current_draft(self, review: Review) -> Any:
        return self._reviewed(review, review.current_draft)

    @extend_schema_field(ReviewedDraftSerializer(allow_null=True))
    def get_approved_draft(self, review: Review) -> Any:
        return self._reviewed(review, review.approved_draft) if review.approved_draft else None

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_assigned_to(self, review: Review) -> Any:
        """A text with a known answer is its reviewer's from the start, and must not look it."""
        return self._person(review, None if review.gold_id else review.assigned_to)

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_claimed_by(self, review: Review) -> Any:
        return self._person(review, review.claimed_by)

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_decided_by(self, review: Review) -> Any:
        return self._person(review, review.decided_by)

    def get_steps(self, review: Review) -> int:
        return len(review.policy.steps.all())

    def get_break_glass(self, review: Review) -> bool:
        """Whether one person decided alone, against the policy or four eyes."""
        return bool(review.break_glass)

    def get_break_glass_reason(self, review: Review) -> str | None:
        """For review leads and auditors."""
        reads = self._reader.has_role(review.team_id, Role.LEAD, Role.AUDITOR)
        return review.break_glass if review.break_glass and reads else None

    @extend_schema_field(FeedbackSerializer(allow_null=True))
    def get_feedback(self, review: Review) -> Any:
        feedback = review.deciding_feedback
        return FeedbackSerializer(feedback).data if feedback else None

    @extend_schema_field(VerdictSerializer(many=True))
    def get_verdicts(self, review: Review) -> Any:
        seen = visible_feedback(self._reader, review, self._standing(review))
        return [VerdictSerializer(verdict).data for verdict in seen]

    def _reviewed(self, review: Review, draft: Draft) -> dict[str, Any]:
        shown: dict[str, Any] = dict(DraftSerializer(draft).data)
        corrected = draft.pk != review.draft_id
        if corrected and visible_corrector(self._reader, review, self._standing(review)) is None:
            shown["author"] = None
        return shown

    def _person(self, review: Review, person: User | None) -> Any:
        """Of those who review; see names_told."""
        return PersonSerializer(person).data if person and names_told(self._reader, review) else None

    @property
    def _reader(self) -> User:
        reader: User = self.context["reader"]
        return reader

    def _standing(self, review: Review) -> Standing:
        return standing(self._reader, review, self.context["groups"])
