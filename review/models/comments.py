"""What people say about a text while it is reviewed: threads, on the whole text or on a passage of it."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from aigc_portal.audit.triggers import Firm, fixed, no_delete, no_truncate
from generation.models import Draft
from review.models.reviews import Review

LONGEST_COMMENT = 4000


class CommentQuerySet(TeamQuerySet["Comment"]):
    def threads_of(self, review: Review) -> Self:
        """First comments, oldest first, each with its author; answers are prefetched as `answers`."""
        first = self.filter(review=review, parent=None).select_related("author", "draft", "resolved_by")
        return first.prefetch_related("answers__author").order_by("pk")


class Comment(TeamOwned):
    """The first comment of a thread, or an answer to it (`parent`).

    `start` and `end` mark a passage of the draft's text, in Unicode code points, half-open; a first comment without
    them is about the whole text. `mentions` are the ids of the people named in it.
    """

    review = models.ForeignKey(Review, models.PROTECT, related_name="comments")
    draft = models.ForeignKey(Draft, models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="answers")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(_("comment"), max_length=LONGEST_COMMENT)
    start = models.PositiveIntegerField(null=True)
    end = models.PositiveIntegerField(null=True)
    mentions = ArrayField(models.BigIntegerField(), default=list)
    created_at = models.DateTimeField(db_default=Now())
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(start=None, end=None) | Q(start__lt=F("end"), parent=None), name="comment_span_in_order"
            ),
            models.CheckConstraint(
                condition=Q(resolved_by=None, resolved_at=None)
                | Q(resolved_by__isnull=False, resolved_at__isnull=False, parent=None),
                name="comment_resolution_complete",
            ),
        ]
        triggers = [
            fixed("team", "review", "draft", "parent", "author", "text", "start", "end", "mentions", "created_at"),
            no_delete(),
            no_truncate(),
            Firm(name="span_in_text", operation=pgtrigger.Insert, calls="portal_check_comment"),
        ]

    def __str__(self) -> str:
        return f"{self.review} · {self.pk}"

    @property
    def quote(self) -> str:
        """The passage that it is about; "" for the whole text."""
        return self.draft.text[self.start : self.end] if self.end is not None else ""
