"""Briefs: what a marketer asks for."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from generation.models.languages import Channel, Language
from generation.models.prompts import PromptVersion


class BriefQuerySet(TeamQuerySet["Brief"]):
    def newest_first(self) -> Self:
        return self.select_related("author", "prompt_version__prompt", "team").order_by("-pk")


class Brief(TeamOwned):
    """Values for one prompt version. `revision` grows with each edit, so that a stale form is noticed."""

    title = models.CharField(_("title"), max_length=200)
    prompt_version = models.ForeignKey(PromptVersion, models.PROTECT, related_name="briefs")
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)
    values = models.JSONField(default=dict)
    training_consent = models.BooleanField(_("may be used for training"), default=True)
    revision = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = BriefQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "author", "-id"], name="brief_by_author")]  # a marketer's home

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("generation:brief", args=[self.pk])
