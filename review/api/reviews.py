from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from aigc_portal.accounts.access import get_visible, require_any_role, require_role
from aigc_portal.accounts.models import Role, User
from aigc_portal.api_input import Input, NoInput, asked, given
from aigc_portal.api_scope import PAGING, TeamScoped, location
from aigc_portal.problems import Refused, StaleState
from generation.models import Draft
from generation.models.languages import Channel, Language
from review.actions import claims, decisions, submission, triage
from review.actions.undo import undo_verdict
from review.actions.verdicts import Verdict
from review.api.review_fields import ReviewSerializer
from review.api.verdicts import ApprovalInput, RefusalInput
from review.asking import groups_of
from review.models import OPEN, Feedback, Priority, Review
from review.search import LONGEST, search_for


class ReviewFilters(Input):
    status = serializers.ChoiceField(Review.Status.choices, required=False)
    language = serializers.ChoiceField(Language.choices, required=False)
    channel = serializers.ChoiceField(Channel.choices, required=False)
    priority = serializers.ChoiceField(Priority.choices, required=False)
    overdue = serializers.BooleanField(required=False, help_text="Open, and past `due_at`.")
    disputed = serializers.BooleanField(required=False)
    q = serializers.CharField(
        required=False, max_length=LONGEST, help_text="Words of the title and the submitted text, in either language."
    )
    brief = serializers.IntegerField(required=False, source="draft__brief")
    draft = serializers.IntegerField(required=False)
    prompt = serializers.IntegerField(required=False)
    model = serializers.IntegerField(required=False)
    submitted_by = serializers.IntegerField(required=False)
    assigned_to = serializers.IntegerField(required=False)
    claimed_by = serializers.IntegerField(required=False)
    decided_by = serializers.IntegerField(required=False)


NAMES = frozenset({"assigned_to", "claimed_by", "decided_by"})


class TriageInput(Input):
    """What is left out stays as it is."""

    priority = serializers.ChoiceField(Priority.choices, required=False)
    due_at = serializers.DateTimeField(required=False)
    assigned_to = serializers.IntegerField(required=False, allow_null=True, help_text="null: anybody who is asked.")


def member(team_id: int, pk: int | None) -> User | None:
    """Somebody of the team; None for nobody. Raises ValidationError."""
    if pk is None:
        return None
    person = User.objects.filter(memberships__team=team_id, pk=pk).distinct().first()
    if person is None:
        raise ValidationError({"assigned_to": [_("There is no such person in this team.")]})
    return person


def words_in(typed: str) -> Q:
    """Reviews of texts that hold all the words; none where nothing typed can be searched by."""
    search = search_for(typed)
    if search is None:
        return Q(pk__in=[]) if typed.strip() else Q()
    condition = search.condition()
    for passage in search.passages:  # pairs of it might stand apart from each other
        condition &= Q(draft__text__contains=passage) | Q(draft__brief__title__contains=passage)
    return condition


class Reviews(TeamScoped):
    """Passages of drafts through the queue, and the decisions on them."""

    queryset = Review.for_reviewers.with_subject().select_related("current_draft__author", "approved_draft__author")
    serializer_class = ReviewSerializer
    filter_class = ReviewFilters

    def visible(self) -> QuerySet[Any]:
        """A text with a known answer looks like any other to its reviewer, and is there for nobody else."""
        return super().visible().filter(Q(gold=None) | Q(assigned_to=self.user))

    def get_object(self) -> Any:
        return get_object_or_404(self.visible(), pk=self.kwargs["pk"])

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "reader": self.user, "groups": groups_of(self.user)}

    @extend_schema(parameters=[ReviewFilters])
    def list(self, request: Request) -> Response:
        filters = asked(ReviewFilters, request, *PAGING)
        overdue, typed = filters.pop("overdue", None), filters.pop("q", "")
        found = self.visible().filter(words_in(typed), **filters)
        if "assigned_to" in filters:  # whose a text with a known answer is gives it away
            found = found.filter(gold=None)
        if not NAMES.isdisjoint(filters):  # nobody finds out by asking what they are not told (names_told)
            told = self.user.teams_as(Role.REVIEWER, Role.LEAD, Role.AUDITOR)
            found = found.filter(Q(policy__blind=False) | Q(team__in=told))
        if overdue is not None:
            late = Q(status__in=OPEN, due_at__lt=Now())
            found = found.filter(late if overdue else ~late)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)

    @extend_schema(request=TriageInput)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Say how urgent an open review is, until when it is due, and whose it is; for review leads."""
        wanted = given(TriageInput, request)
        review = self.get_object()
        if not wanted or review.gold_id is not None:
            require_role(self.user, review.team_id, Role.LEAD)
        with transaction.atomic():
            if "priority" in wanted:
                triage.set_priority(actor=self.user, review=review, priority=wanted["priority"])
            if "due_at" in wanted:
                triage.set_due(actor=self.user, review=review, due_at=wanted["due_at"])
            if "assigned_to" in wanted:
                triage.assign(actor=self.user, review=review, to=member(review.team_id, wanted["assigned_to"]))
        return self._now(review)

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
        """Take what is next for the user by priority, due date and age; no two people get the same one."""
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

    @extend_schema(request=NoInput)
    def undo(self, request: Request, pk: int) -> Response:
        """Take one's own verdict back within ten seconds: the review is in one's hands again, undecided."""
        given(NoInput, request)
        review = self.get_object()
        require_role(self.user, review.team_id, Role.REVIEWER)
        feedback = review.feedback.standing().filter(reviewer=self.user).order_by("-pk").first()
        if feedback is None:
            raise Refused("nothing_to_undo", _("You have given no verdict on this text."))
        undo_verdict(actor=self.user, feedback=feedback)
        return self._now(review)

    def _decide(self, decide: Callable[..., Feedback], said: dict[str, Any]) -> Response:
        """409 with the decision in `current` where somebody else was faster."""
        review = self.get_object()
        subject = {name: said.pop(name) for name in ("sha256", "corrected_text") if name in said}
        decide(actor=self.user, review=review, verdict=Verdict(**said), **subject)
        return self._now(review)

    def _now(self, review: Review) -> Response:
        return Response(self.current(review))
