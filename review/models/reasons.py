"""Reasons to refuse a text, in both languages, so that reasons can be counted."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from aigc_portal.audit.triggers import fixed, no_delete, no_truncate


class ReasonCodeQuerySet(TeamQuerySet["ReasonCode"]):
    def on_offer(self) -> Self:
        return self.filter(retired_at=None)


class ReasonCode(TeamOwned):
    """What a reason says never changes, because decisions name it; one that is not wanted any more is retired."""

    code = models.SlugField(_("code"), max_length=40)
    label_en = models.CharField(_("in English"), max_length=100)
    label_zh = models.CharField(_("in Chinese"), max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True)

    objects = ReasonCodeQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["team", "code"], name="reason_code_once")]
        triggers = [fixed("team", "code", "label_en", "label_zh"), no_delete(), no_truncate()]

    def __str__(self) -> str:
        return self.label_zh if (get_language() or "").startswith("zh") else self.label_en
