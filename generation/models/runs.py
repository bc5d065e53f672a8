"""Generation runs: one execution for one brief."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from aigc_portal.jobs.models import LeasedJob, job_triggers
from generation.models.briefs import Brief
from generation.models.model_versions import ModelVersion
from generation.served_models import served_model

MOST_VARIANTS = 8


class GenerationRunQuerySet(TeamQuerySet["GenerationRun"]):
    def with_drafts(self) -> Self:
        return self.select_related("model", "requested_by").prefetch_related("drafts")


class GenerationRun(LeasedJob, TeamOwned):
    """Everything needed to make the same drafts again: messages, model, seed, decoding, number of variants.

    `model_name` names the served model that was asked for ("" is the default one) and `model` its weights:
    those known when the run was queued, and once it has succeeded those that wrote.
    `token_estimate` bounds what the run can cost: its prompt and the longest text of every variant. `repeats` is the
    run whose messages and seed were taken over, `revises` the draft that the prompt asks to rewrite.
    """

    TASK = "generation.run"
    EVENT_NOUN = "run"

    brief = models.ForeignKey(Brief, models.PROTECT, related_name="runs")
    model_name = models.CharField(max_length=200, blank=True, default="")
    preset = models.CharField(max_length=20, blank=True, default="")
    messages = models.JSONField()
    decoding = models.JSONField()
    seed = models.BigIntegerField()
    variants = models.PositiveSmallIntegerField(_("variants"))
    token_estimate = models.PositiveIntegerField(default=0)
    repeats = models.ForeignKey("self", models.PROTECT, null=True, related_name="repeated_by")
    revises = models.ForeignKey("generation.Draft", models.PROTECT, null=True, related_name="revised_by")
    model = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="runs")
    versions = models.JSONField(default=dict)
    prompt_tokens = models.PositiveIntegerField(null=True)
    completion_tokens = models.PositiveIntegerField(null=True)
    seconds = models.FloatField(null=True)

    objects = GenerationRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(variants__gte=1, variants__lte=MOST_VARIANTS), name="run_variants_in_range"
            ),
            models.CheckConstraint(condition=models.Q(status__in=LeasedJob.Status.values), name="run_status_known"),
        ]
        triggers = job_triggers(
            "brief",
            "model_name",
            "preset",
            "messages",
            "decoding",
            "seed",
            "variants",
            "token_estimate",
            "repeats",
            "revises",
        )
        indexes = [
            models.Index(fields=["status", "lease_until"], name="run_sweep"),  # the sweeper's two questions
            models.Index(fields=["team", "queued_at"], name="run_by_team"),  # what a team used today
        ]

    def __str__(self) -> str:
        return f"{self.brief} · {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("generation:generationrun", args=[self.pk])

    @property
    def queue(self) -> str:
        return served_model(self.model_name).queue

    @property
    def tokens_per_second(self) -> float | None:
        return self.completion_tokens / self.seconds if self.completion_tokens and self.seconds else None
