"""Reviews: one draft's passage through the queue, up to the decision on it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self, cast

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import Role, Team, User
from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from aigc_portal.audit.transitions import StatefulModel
from aigc_portal.audit.triggers import Firm, fixed, no_delete, no_truncate
from generation.models import Draft, ModelVersion, Prompt
from generation.models.languages import Channel, Language
from review.models.gold import GoldItem
from review.models.policies import ReviewGroup, ReviewPolicy
from review.models.statuses import DECIDED, OPEN, ReviewStatus

if TYPE_CHECKING:
    from review.models.feedback import Feedback

CLAIM = timedelta(minutes=30)
QUEUE_ORDER = ("priority", "due_at", "pk")


class Priority(models.IntegerChoices):
    URGENT = 1, _("Urgent")
    HIGH = 2, _("High")
    NORMAL = 3, _("Normal")
    LOW = 4, _("Low")


class ReviewQuerySet(TeamQuerySet["Review"]):
    def visible_to(self, user: User) -> Self:
        """A text with a known answer is seen by the reviewer whom it measures, and by leads."""
        seen = Q(gold=None) | Q(assigned_to=user) | Q(team__in=user.teams_as(Role.LEAD))
        return super().visible_to(user).filter(seen)

    def with_subject(self) -> Self:
        """All that a queue row or a review page shows, in a constant number of queries."""
        return self.select_related(
            "draft__brief__prompt_version__prompt",
            "draft__run__model",
            "draft__author",
            "submitted_by",
            "claimed_by",
            "assigned_to",
            "decided_by",
            "current_draft",
            "approved_draft",
            "policy",
            "group",
        ).prefetch_related("feedback__reasons", "feedback__reviewer", "policy__steps__group")

    def awaiting_review(self) -> Self:
        return self.filter(status=ReviewStatus.PENDING)

    def open(self) -> Self:
        """Waiting or in somebody's hands, in the order of the queue."""
        return self.filter(status__in=OPEN).order_by(*QUEUE_ORDER)

    def claimed_by(self, user: User) -> Self:
        return self.filter(status=ReviewStatus.IN_REVIEW, claimed_by=user)

    def decided(self) -> Self:
        return self.filter(status__in=DECIDED)


AllReviews = models.Manager.from_queryset(ReviewQuerySet)


class RegularReviews(AllReviews["Review"]):
    """Without the texts with a known answer, which only measure reviewers: no author, number or data set meets them."""

    def get_queryset(self) -> ReviewQuerySet:
        return cast(ReviewQuerySet, super().get_queryset().filter(gold=None))


class Review(StatefulModel, TeamOwned):
    """The review of the draft that was submitted. Its decision names the text that was approved: `current_draft`.

    `current_draft` is the text under review: the submitted one, or the newest correction of it by a reviewer.
    `step`, `group` and `disputed` say who is asked now: the reviewers of that step, or after disagreement the
    adjudicators. `barred` are those who may not decide now: who contributed to the submitted text, and who has judged
    the current one. PostgreSQL fills in what is known of the draft: `language` to `model`, `barred`, and a SearchEntry.
    `break_glass` is the written reason of whoever decided alone against these rules.
    """

    Status = ReviewStatus
    EVENT_NOUN = "review"
    # A decision is taken back only within seconds, by who took it (trigger closed_is_final).
    TRANSITIONS = {
        ReviewStatus.PENDING: frozenset({ReviewStatus.IN_REVIEW, ReviewStatus.WITHDRAWN}),
        ReviewStatus.IN_REVIEW: frozenset({*DECIDED, ReviewStatus.PENDING}),
        ReviewStatus.APPROVED: frozenset({ReviewStatus.IN_REVIEW}),
        ReviewStatus.CHANGES_REQUESTED: frozenset({ReviewStatus.IN_REVIEW}),
        ReviewStatus.REJECTED: frozenset({ReviewStatus.IN_REVIEW}),
    }

    # Foreign keys have no index of their own where no row is looked for by them, or one below begins with them: every
    # claim and verdict writes all indexes.
    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="reviews", db_index=False)
    status = models.CharField(max_length=20, choices=ReviewStatus.choices, default=ReviewStatus.PENDING)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    submitted_at = models.DateTimeField(db_default=Now())

    policy = models.ForeignKey(ReviewPolicy, models.PROTECT, related_name="reviews")
    gold = models.ForeignKey(GoldItem, models.PROTECT, null=True, related_name="reviews", db_index=False)
    second_opinion = models.BooleanField(default=False)
    current_draft = models.ForeignKey(Draft, models.PROTECT, related_name="+", db_index=False)
    step = models.PositiveSmallIntegerField(default=1)
    group = models.ForeignKey(ReviewGroup, models.PROTECT, null=True, related_name="+", db_index=False)
    disputed = models.BooleanField(default=False)
    barred = ArrayField(models.BigIntegerField(), default=list)

    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    due_at = models.DateTimeField(_("due"))
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    escalated_at = models.DateTimeField(null=True)

    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    claimed_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    approved_draft = models.ForeignKey(Draft, models.PROTECT, null=True, related_name="approvals", db_index=False)
    break_glass = models.TextField(blank=True, default="")

    language = models.CharField(max_length=10, choices=Language.choices, editable=False)
    channel = models.CharField(max_length=20, choices=Channel.choices, editable=False)
    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="+", editable=False, db_index=False)
    model = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+", editable=False, db_index=False)

    objects = RegularReviews()
    for_reviewers = AllReviews()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draft"],
                condition=~Q(status=ReviewStatus.WITHDRAWN) & Q(gold=None),
                name="review_once_a_draft",
            ),
            models.UniqueConstraint(
                fields=["gold", "assigned_to"], condition=Q(gold__isnull=False), name="review_gold_once_a_reviewer"
            ),
            models.CheckConstraint(condition=Q(status__in=ReviewStatus.values), name="review_status_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="review_priority_known"),
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
            models.Index(  # the queue of a team; the columns after `id` let filters leave out rows without reading them
                *("team", "priority", "due_at", "id", "language", "channel", "prompt", "model", "submitted_by"),
                condition=Q(status__in=OPEN),
                name="review_queue",
            ),
            models.Index(  # what waits in a team, and what is next there for those who are asked
                *("team", "priority", "due_at", "id", Coalesce("group", 0)),
                *("assigned_to", "language", "channel", "prompt", "model", "submitted_by"),
                condition=Q(status=ReviewStatus.PENDING),
                name="review_next",
            ),
            models.Index(  # what people work on
                fields=["team", "priority", "due_at", "id"],
                condition=Q(status=ReviewStatus.IN_REVIEW),
                name="review_in_hand",
            ),
            models.Index(  # where reviewers disagree
                fields=["team", "priority", "due_at", "id"],
                condition=Q(status__in=OPEN, disputed=True),
                name="review_disputed",
            ),
            models.Index(  # what somebody holds, and claims that ran out
                fields=["claimed_by", "claimed_until"], condition=Q(status=ReviewStatus.IN_REVIEW), name="review_held"
            ),
            models.Index(  # what was given to somebody
                fields=["assigned_to", "priority", "due_at", "id"],
                condition=Q(status__in=OPEN, assigned_to__isnull=False),
                name="review_assigned",
            ),
            models.Index(  # what is overdue and nobody was told of
                fields=["due_at"], condition=Q(status__in=OPEN, escalated_at=None), name="review_due"
            ),
            models.Index(fields=["draft", "-id"], name="review_by_draft"),
            models.Index(  # what was decided, newest first; what the numbers count of it is read from the index alone
                fields=["team", "-decided_at", "-id"],
                include=["gold", "submitted_at", "status", "language", "model", "prompt", "draft", "approved_draft"],
                condition=Q(status__in=DECIDED),
                name="review_decisions",
            ),
            models.Index(  # the few that were decided against the rules
                fields=["team"], condition=~Q(break_glass=""), name="review_broken_glass"
            ),
            models.Index(  # what somebody decided, newest first
                fields=["decided_by", "-decided_at", "-id"],
                condition=Q(status__in=DECIDED),
                name="review_decided_by",
            ),
            models.Index(  # what was approved in the course of a text
                fields=["approved_draft"], condition=Q(approved_draft__isnull=False), name="review_approval"
            ),
            models.Index(fields=["team", "-id"], name="review_newest"),  # everything of a team, newest first
        ]
        triggers = [
            no_delete(),
            no_truncate(),
            Firm(name="describe", operation=pgtrigger.Insert, calls="portal_describe_review"),
            Firm(
                name="closed_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=[*DECIDED, ReviewStatus.WITHDRAWN]),
                calls="portal_closed_review",
            ),
            fixed(
                *("draft", "submitted_by", "team", "policy", "gold", "second_opinion"),
                *("language", "channel", "prompt", "model"),
            ),
            Firm(
                name="check_decision",
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__decided_by__isnull=False),
                calls="portal_check_decision",
            ),
            Firm(
                name="check_text",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__current_draft__df=pgtrigger.F("new__current_draft")),
                calls="portal_check_current_draft",
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
    def contributors(self) -> list[int]:
        """Who asked for the submitted text or wrote a part of it."""
        return self.draft.contributors

    @property
    def deciding_feedback(self) -> Feedback | None:
        """The verdict that decided, from `feedback` as prefetched."""
        standing = [one for one in self.feedback.all() if one.undone_at is None]
        return max(standing, key=lambda one: one.pk, default=None) if self.is_decided else None

    @property
    def was_corrected(self) -> bool:
        return self.approved_draft_id is not None and self.approved_draft_id != self.draft_id
