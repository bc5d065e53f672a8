"""Reviews: one draft's passage through the queue, the decision on it, and what the reviewer said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import User
from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from aigc_portal.audit.transitions import StatefulModel
from aigc_portal.audit.triggers import Firm, final_once, fixed, no_delete, no_truncate, no_update_or_delete
from generation.models import Draft
from review.datasets.models import DatasetExport

__all__ = ["DatasetExport", "Feedback", "FeedbackReason", "ReasonCode", "Review"]

CLAIM = timedelta(minutes=30)


class ReviewStatus(models.TextChoices):
    PENDING = "PENDING", _("Waiting for review")
    IN_REVIEW = "IN_REVIEW", _("In review")
    APPROVED = "APPROVED", _("Approved")
    CHANGES_REQUESTED = "CHANGES_REQUESTED", _("Changes requested")
    REJECTED = "REJECTED", _("Rejected")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


OPEN = (ReviewStatus.PENDING, ReviewStatus.IN_REVIEW)
DECIDED = (ReviewStatus.APPROVED, ReviewStatus.CHANGES_REQUESTED, ReviewStatus.REJECTED)


class ReasonCodeQuerySet(TeamQuerySet["ReasonCode"]):
    """Nothing beyond what every team's rows can do."""


class ReasonCode(TeamOwned):
    """A reason to refuse, in both languages, so that reasons can be counted."""

    code = models.SlugField(max_length=40)
    label_en = models.CharField(max_length=100)
    label_zh = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    objects = ReasonCodeQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["team", "code"], name="reason_code_once")]
        triggers = [fixed("team", "code", "label_en", "label_zh"), no_delete(), no_truncate()]

    def __str__(self) -> str:
        return self.label_zh if (get_language() or "").startswith("zh") else self.label_en


class ReviewQuerySet(TeamQuerySet["Review"]):
    def with_subject(self) -> Self:
        """All that a queue row or a review page shows, in a constant number of queries."""
        return self.select_related(
            "draft__brief__prompt_version__prompt",
            "draft__run__model",
            "draft__author",
            "submitted_by",
            "claimed_by",
            "decided_by",
            "approved_draft",
            "feedback",
        ).prefetch_related("feedback__reasons")

    def awaiting_review(self) -> Self:
        return self.filter(status=ReviewStatus.PENDING)

    def open(self) -> Self:
        """Waiting or in somebody's hands, oldest first."""
        return self.filter(status__in=OPEN).order_by("submitted_at", "pk")

    def decidable_by(self, user: User) -> Self:
        """Reviews of the user's reviewer teams whose text the user neither asked for nor wrote."""
        return self.filter(team__in=user.teams_as("reviewer")).exclude(draft__contributors__contains=[user.pk])

    def claimed_by(self, user: User) -> Self:
        return self.filter(status=ReviewStatus.IN_REVIEW, claimed_by=user)

    def claimed_by_others(self, user: User) -> Self:
        return self.filter(status=ReviewStatus.IN_REVIEW).exclude(claimed_by=user)

    def decided(self) -> Self:
        return self.filter(status__in=DECIDED)

    def queue_counts(self, user: User, *, since: datetime) -> dict[str, int]:
        """How many wait, are in the user's hands, are in others' hands, and were decided since then."""
        in_review = Q(status=ReviewStatus.IN_REVIEW)
        return self.filter(Q(status__in=OPEN) | Q(decided_at__gte=since)).aggregate(
            waiting=Count("pk", filter=Q(status=ReviewStatus.PENDING)),
            mine=Count("pk", filter=in_review & Q(claimed_by=user)),
            others=Count("pk", filter=in_review & ~Q(claimed_by=user)),
            decided_today=Count("pk", filter=Q(decided_at__gte=since)),
        )


class Review(StatefulModel, TeamOwned):
    """The review of the draft that was submitted. Its decision names the draft that was approved:
    that one, or the reviewer's correction (its child)."""

    Status = ReviewStatus
    EVENT_NOUN = "review"
    TRANSITIONS = {
        ReviewStatus.PENDING: frozenset({ReviewStatus.IN_REVIEW, ReviewStatus.WITHDRAWN}),
        ReviewStatus.IN_REVIEW: frozenset({*DECIDED, ReviewStatus.PENDING}),
    }

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="reviews")
    status = models.CharField(max_length=20, choices=ReviewStatus.choices, default=ReviewStatus.PENDING)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(db_default=Now())
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved_draft = models.ForeignKey(Draft, models.PROTECT, null=True, related_name="approvals")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draft"], condition=~Q(status=ReviewStatus.WITHDRAWN), name="review_once_a_draft"
            ),
            models.CheckConstraint(condition=Q(status__in=ReviewStatus.values), name="review_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=DECIDED, decided_by__isnull=False, decided_at__isnull=False)
                | (~Q(status__in=DECIDED) & Q(decided_by__isnull=True, decided_at__isnull=True)),
                name="review_decision_complete",
            ),
            models.CheckConstraint(
                condition=Q(status=ReviewStatus.IN_REVIEW, claimed_by__isnull=False, claimed_until__isnull=False)
                | ~Q(status=ReviewStatus.IN_REVIEW),
                name="review_claim_complete",
            ),
            models.CheckConstraint(
                condition=Q(status=ReviewStatus.APPROVED, approved_draft__isnull=False)
                | (~Q(status=ReviewStatus.APPROVED) & Q(approved_draft__isnull=True)),
                name="review_approval_names_draft",
            ),
        ]
        indexes = [
            models.Index(  # the queue, oldest first
                fields=["team", "submitted_at", "id"], condition=Q(status__in=OPEN), name="review_queue"
            ),
            models.Index(fields=["draft", "-id"], name="review_by_draft"),
            models.Index(  # what was decided, newest first
                fields=["team", "-decided_at", "-id"], condition=Q(status__in=DECIDED), name="review_decided"
            ),
        ]
        triggers = [
            no_delete(),
            no_truncate(),
            final_once(*DECIDED, ReviewStatus.WITHDRAWN),
            fixed("draft", "submitted_by", "team"),
            Firm(
                name="check_decision",
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__decided_by__isnull=False),
                calls="portal_check_decision",
            ),
        ]

    def __str__(self) -> str:
        return str(self.draft)

    def get_absolute_url(self) -> str:
        return reverse("review:review", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_decided(self) -> bool:
        return self.status in DECIDED

    @property
    def was_corrected(self) -> bool:
        return self.approved_draft_id is not None and self.approved_draft_id != self.draft_id


def rating(label: Any) -> models.PositiveSmallIntegerField[Any, Any]:
    return models.PositiveSmallIntegerField(label, null=True, validators=[MinValueValidator(1), MaxValueValidator(5)])


class Feedback(models.Model):
    """What the reviewer said with the decision. Ratings run from 1 (worst) to 5."""

    review = models.OneToOneField(Review, models.PROTECT, related_name="feedback")
    reasons = models.ManyToManyField(ReasonCode, through="FeedbackReason", related_name="+")
    accuracy = rating(_("accuracy"))
    brand_fit = rating(_("brand fit"))
    language = rating(_("language"))
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__range": (1, 5)})),
                name=f"feedback_{name}_in_range",
            )
            for name in ("accuracy", "brand_fit", "language")
        ]
        triggers = [
            no_update_or_delete(),
            no_truncate(),
            Firm(name="before_decision", operation=pgtrigger.Insert, calls="portal_feedback_before_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.review} · {self.review.status}"


class FeedbackReason(models.Model):
    """One reason of one feedback; a table of its own so that PostgreSQL keeps it as it was written."""

    feedback = models.ForeignKey(Feedback, models.PROTECT, related_name="+")
    reason = models.ForeignKey(ReasonCode, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feedback", "reason"], name="feedback_reason_once")]
        triggers = [
            no_update_or_delete(),
            no_truncate(),
            Firm(name="before_decision", operation=pgtrigger.Insert, calls="portal_reason_before_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.feedback} · {self.reason}"
