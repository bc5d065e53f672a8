from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import get_visible, require_any_role, require_role
from aigc_portal.accounts.api.people import PersonSerializer
from aigc_portal.accounts.models import Role
from aigc_portal.api_input import Input, NoInput, given
from aigc_portal.api_scope import TeamScoped, location
from aigc_portal.problems import StaleState
from generation.api.drafts import DraftSerializer
from generation.models import Draft
from generation.models.languages import Channel, Language
from review.actions import claims, decisions, submission
from review.api.verdicts import ApprovalInput, FeedbackSerializer, RefusalInput
from review.models import Review


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """`decided_by`, `decided_at`, `approved_draft` and `feedback` tell the decision once there is one."""

    brief = serializers.IntegerField(source="draft.brief_id", read_only=True)
    draft = DraftSerializer(read_only=True)
    submitted_by = PersonSerializer(read_only=True)
    claimed_by = PersonSerializer(read_only=True)
    decided_by = PersonSerializer(read_only=True)
    approved_draft = DraftSerializer(read_only=True)
    feedback = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = read_only_fields = [
            "id",
            "team",
            "status",
            "brief",
            "draft",
            "submitted_by",
            "submitted_at",
            "claimed_by",
            "claimed_until",
            "decided_by",
            "decided_at",
            "approved_draft",
            "was_corrected",
            "feedback",
        ]

    @extend_schema_field(FeedbackSerializer(allow_null=True))
    def get_feedback(self, review: Review) -> Any:
        feedback = getattr(review, "feedback", None)
        return FeedbackSerializer(feedback).data if feedback else None


class ReviewFilters(Input):
    status = serializers.ChoiceField(Review.Status.choices, required=False)
    language = serializers.ChoiceField(Language.choices, required=False, source="draft__brief__language")
    channel = serializers.ChoiceField(Channel.choices, required=False, source="draft__brief__channel")
    brief = serializers.IntegerField(required=False, source="draft__brief")
    draft = serializers.IntegerField(required=False)
    submitted_by = serializers.IntegerField(required=False)
    claimed_by = serializers.IntegerField(required=False)
    decided_by = serializers.IntegerField(required=False)


class Reviews(TeamScoped):
    """Passages of drafts through the queue, and the decisions on them."""

    queryset = Review.objects.with_subject().select_related("approved_draft__author")
    serializer_class = ReviewSerializer
    filter_class = ReviewFilters

    @extend_schema(parameters=[ReviewFilters])
    def list(self, request: Request) -> Response:
        return super().list(request)

    @extend_schema(request=NoInput, responses={201: ReviewSerializer})
    def submit(self, request: Request, draft: int) -> Response:
        """Put a draft into the review queue."""
        given(NoInput, request)
        wanted = get_visible(Draft.objects.with_author(), self.user, draft)
        review = submission.submit_for_review(actor=self.user, draft=wanted)
        return self.answer(review, 201, location("api-review", review))

    @extend_schema(
        request=NoInput, responses={200: ReviewSerializer, 204: OpenApiResponse(description="Nothing waits.")}
    )
    def next(self, request: Request) -> Response:
        """Take the oldest waiting review that the user may decide; no two people get the same one."""
        given(NoInput, request)
        require_any_role(self.user, Role.REVIEWER)
        review = claims.claim_next(actor=self.user)
        return self.answer(review) if review else Response(status=204)

    @extend_schema(request=NoInput)
    def claim(self, request: Request, pk: int) -> Response:
        """Take this review, for half an hour."""
        given(NoInput, request)
        review = self.get_object()
        claims.claim(actor=self.user, review=review)
        return self._now(review)

    @extend_schema(request=NoInput)
    def renew(self, request: Request, pk: int) -> Response:
        """Keep one's own claim for another half hour."""
        given(NoInput, request)
        review = self.get_object()
        require_role(self.user, review.team_id, Role.REVIEWER)
        if not claims.renew(actor=self.user, review=review):
            review.refresh_from_db()
            raise StaleState(review, "a longer claim")
        return self._now(review)

    @extend_schema(request=NoInput)
    def release(self, request: Request, pk: int) -> Response:
        """Give one's own claim back to the queue."""
        given(NoInput, request)
        review = self.get_object()
        claims.release(actor=self.user, review=review)
        return self._now(review)

    @extend_schema(request=NoInput)
    def withdraw(self, request: Request, pk: int) -> Response:
        """Take a draft out of the queue before somebody works on it."""
        given(NoInput, request)
        review = self.get_object()
        submission.withdraw(actor=self.user, review=review)
        return self._now(review)

    @extend_schema(request=ApprovalInput)
    def approve(self, request: Request, pk: int) -> Response:
        """Approve the text whose SHA-256 is given, or one's own correction of it."""
        return self._decide(decisions.approve, given(ApprovalInput, request))

    @extend_schema(request=RefusalInput)
    def request_changes(self, request: Request, pk: int) -> Response:
        """Send the text back to its author."""
        return self._decide(decisions.request_changes, given(RefusalInput, request))

    @extend_schema(request=RefusalInput)
    def reject(self, request: Request, pk: int) -> Response:
        """Refuse the text."""
        return self._decide(decisions.reject, given(RefusalInput, request))

    def _decide(self, decide: Callable[..., None], said: dict[str, Any]) -> Response:
        """409 with the decision in `current` where somebody else was faster."""
        review = self.get_object()
        subject = {name: said.pop(name) for name in ("sha256", "corrected_text") if name in said}
        decide(actor=self.user, review=review, verdict=decisions.Verdict(**said), **subject)
        return self._now(review)

    def _now(self, review: Review) -> Response:
        return Response(self.current(review))
