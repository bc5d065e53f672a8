"""Texts with a known answer, which measure how well reviewers judge."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from aigc_portal.audit.triggers import fixed, no_delete, no_truncate
from generation.models import Draft
from review.models.statuses import DECIDED, ReviewStatus


class GoldItemQuerySet(TeamQuerySet["GoldItem"]):
    """Nothing beyond what every team's rows can do."""


class GoldItem(TeamOwned):
    """A draft that was decided on before, the right verdict, and why. Reviewers read the explanation afterwards."""

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="+")
    verdict = models.CharField(_("right verdict"), max_length=20, choices=[(s.value, s.label) for s in DECIDED])
    explanation = models.CharField(_("why"), max_length=500)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    objects = GoldItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft"], condition=Q(retired_at=None), name="gold_item_once"),
            models.CheckConstraint(condition=Q(verdict__in=DECIDED), name="gold_verdict_known"),
        ]
        triggers = [fixed("team", "draft", "verdict", "explanation", "created_by"), no_delete(), no_truncate()]

    def __str__(self) -> str:
        return f"{self.draft} · {ReviewStatus(self.verdict).label}"
