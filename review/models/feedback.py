"""What each reviewer decided and said. Rows are written once; taking a verdict back is noted on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import Team
from aigc_portal.audit.triggers import Firm, fixed, no_delete, no_truncate, no_update_or_delete
from generation.models import Draft
from review.models.reasons import ReasonCode
from review.models.reviews import Review
from review.models.statuses import DECIDED, ReviewStatus

# How long a verdict can be taken back: what people are shown, and two seconds for the way of the request. PostgreSQL
# refuses after fifteen.
UNDO_SECONDS = 10
UNDO_WINDOW = timedelta(seconds=UNDO_SECONDS + 2)


def rating(label: Any) -> models.PositiveSmallIntegerField[Any, Any]:
    return models.PositiveSmallIntegerField(label, null=True, validators=[MinValueValidator(1), MaxValueValidator(5)])


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(undone_at=None)

    def on_text(self, draft_id: int) -> Self:
        """Verdicts on this text that stand: it was read as it is, or it is the reviewer's own correction."""
        return self.standing().annotate(text_id=Coalesce("approved_draft_id", "draft_id")).filter(text_id=draft_id)

    def with_said(self) -> Self:
        """All that is shown of a verdict, oldest first, in a constant number of queries."""
        return self.select_related("reviewer", "draft", "approved_draft").prefetch_related("reasons").order_by("pk")


class Feedback(models.Model):
    """One reviewer's verdict at one step of a review. Ratings run from 1 (worst) to 5.

    `draft` is the text that was read and `approved_draft` the one that the verdict stands for: the same, or the
    reviewer's correction of it. `seconds` is the time from taking the review to the verdict.
    """

    class Kind(models.TextChoices):
        REVIEW = "review", _("Review")
        ADJUDICATION = "adjudication", _("Adjudication")

    review = models.ForeignKey(Review, models.PROTECT, related_name="feedback", db_index=False)
    # Filled in by PostgreSQL: that of the review, where it is checked.
    team = models.ForeignKey(
        Team, models.PROTECT, related_name="+", editable=False, db_index=False, db_constraint=False
    )
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    step = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.REVIEW)
    verdict = models.CharField(max_length=20, choices=ReviewStatus.choices)
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="+")
    approved_draft = models.ForeignKey(Draft, models.PROTECT, null=True, related_name="verdicts")
    facts_checked = models.BooleanField(_("I have checked the facts"), default=False)
    reasons = models.ManyToManyField(ReasonCode, through="FeedbackReason", related_name="+")
    accuracy = rating(_("accuracy"))
    brand_fit = rating(_("brand fit"))
    language = rating(_("language"))
    comment = models.TextField(_("comment"), blank=True)
    seconds = models.PositiveIntegerField(null=True)
    given_at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            *(
                models.CheckConstraint(
                    condition=(Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__range": (1, 5)})),
                    name=f"feedback_{name}_in_range",
                )
                for name in ("accuracy", "brand_fit", "language")
            ),
            models.CheckConstraint(condition=Q(verdict__in=DECIDED), name="feedback_verdict_known"),
            models.CheckConstraint(
                condition=Q(verdict=ReviewStatus.APPROVED, approved_draft__isnull=False)
                | (~Q(verdict=ReviewStatus.APPROVED) & Q(approved_draft__isnull=True)),
                name="feedback_approval_names_draft",
            ),
            models.UniqueConstraint(
                "review",
                "reviewer",
                Coalesce(F("approved_draft"), F("draft")),
                condition=Q(undone_at=None),
                name="feedback_once_a_text",
            ),
        ]
        indexes = [
            models.Index(fields=["review", "id"], name="feedback_by_review"),
            models.Index(fields=["team", "given_at"], name="feedback_of_period"),  # quality of a period
        ]
        triggers = [
            no_delete(),
            no_truncate(),
            fixed(
                *("review", "team", "reviewer", "step", "kind", "verdict", "draft", "approved_draft", "facts_checked"),
                *("accuracy", "brand_fit", "language", "comment", "seconds", "given_at"),
            ),
            Firm(
                name="undone_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__undone_at__df=pgtrigger.F("new__undone_at")),
                calls="portal_check_undo",
            ),
            Firm(name="before_decision", operation=pgtrigger.Insert, calls="portal_check_feedback"),
        ]

    def __str__(self) -> str:
        return f"{self.review} · {self.verdict}"

    @property
    def was_corrected(self) -> bool:
        return self.approved_draft_id is not None and self.approved_draft_id != self.draft_id


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
