"""Prompt templates: a named prompt, and its immutable numbered texts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from aigc_portal.audit.triggers import no_update_or_delete
from generation.models.languages import Channel, Language


class PromptQuerySet(TeamQuerySet["Prompt"]):
    def with_latest_version(self) -> PromptQuerySet:
        """Prompts that can be used, each with `latest` (at most one PromptVersion) prefetched."""
        newest = PromptVersion.objects.order_by("prompt_id", "-number").distinct("prompt_id")
        return self.prefetch_related(models.Prefetch("versions", newest, to_attr="latest")).order_by("name", "language")


class Prompt(TeamOwned):
    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=300, blank=True)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=10, choices=Language.choices)

    objects = PromptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "name", "language"], name="prompt_name_once"),
            models.CheckConstraint(condition=models.Q(language__in=Language.values), name="prompt_language_known"),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="prompt_channel_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("generation:prompt", args=[self.pk])


class PromptVersion(models.Model):
    """One text of a prompt.

    `system` and `template` hold `{{ name }}` places. `variables` is a list of objects:
    name, label, type ("text", "long_text", "number", "choice"), required, and where they apply max_length, help,
    minimum, maximum, choices, placeholder. `decoding` holds fields of the engine's Decoding.
    """

    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    system = models.TextField(_("system message"))
    template = models.TextField(_("template"))
    variables = models.JSONField(default=list)
    decoding = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prompt", "number"], name="prompt_version_number_once")]
        triggers = [no_update_or_delete()]

    def __str__(self) -> str:
        return f"{self.prompt} v{self.number}"
