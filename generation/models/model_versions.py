"""Models whose weights this portal has loaded, named by the hash of their files."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def champion(self) -> ModelVersion | None:
        """The model in use, or None before the first worker has loaded one."""
        return self.filter(alias=ModelVersion.Alias.CHAMPION).first()

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class ModelVersion(models.Model):
    """Weights with lineage. Base models are shared by all teams.

    `files` maps each file's name to its SHA-256; `digest` is the SHA-256 of the whole manifest. An empty `languages`
    means that nobody has said what the model writes.
    """

    class Alias(models.TextChoices):
        CHAMPION = "champion", _("Champion")
        CHALLENGER = "challenger", _("Challenger")

    name = models.CharField(_("name"), max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    files = models.JSONField(default=dict)
    languages = ArrayField(models.CharField(max_length=10), default=list)
    licence = models.CharField(_("licence"), max_length=100, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    context_length = models.PositiveIntegerField()
    alias = models.CharField(max_length=10, choices=Alias.choices, null=True, unique=True)  # noqa: DJ001
    created_at = models.DateTimeField(db_default=Now())

    objects = ModelVersionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("generation:modelversion", args=[self.pk])

    def writes(self, language: str) -> bool:
        return not self.languages or language in self.languages
