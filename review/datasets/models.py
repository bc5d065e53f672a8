"""Data-set exports: a frozen, hashed set of training rows with a manifest."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from aigc_portal.jobs.models import LeasedJob, job_triggers


class DatasetType(models.TextChoices):
    """TRL's names of the data set types."""

    PROMPT_COMPLETION = "prompt-completion", _("Prompt-completion (supervised fine-tuning)")
    PREFERENCE = "preference", _("Preference (DPO)")
    UNPAIRED_PREFERENCE = "unpaired-preference", _("Unpaired preference (KTO)")


class DatasetExportQuerySet(TeamQuerySet["DatasetExport"]):
    def newest_first(self) -> Self:
        return self.select_related("requested_by", "team").order_by("-pk")


class DatasetExport(LeasedJob, TeamOwned):
    """One export job and, once it succeeded, its result.

    `filters` is what was asked for; `manifest` says what came out, and `digest` is the SHA-256 of the manifest's file
    list: the same selection gives the same digest.
    """

    TASK = "review.export_dataset"
    EVENT_NOUN = "dataset"

    type = models.CharField(_("type"), max_length=20, choices=DatasetType.choices)
    filters = models.JSONField(default=dict)
    row_count = models.PositiveIntegerField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    manifest = models.JSONField(default=dict)

    objects = DatasetExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=LeasedJob.Status.values), name="export_status_known"),
            models.CheckConstraint(condition=models.Q(type__in=DatasetType.values), name="export_type_known"),
        ]
        triggers = job_triggers("type", "filters")

    def __str__(self) -> str:
        return f"{self.type} · {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("review:datasetexport", args=[self.pk])
