"""Drafts: candidate texts. Written once; an edit is a child."""

from __future__ import annotations

import hashlib
from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import User
from aigc_portal.accounts.team_owned import TeamOwned, TeamQuerySet
from aigc_portal.audit.triggers import Firm, no_truncate, no_update_or_delete
from generation.models.briefs import Brief
from generation.models.runs import GenerationRun

LONGEST_TEXT = 100_000  # 10,000 English words and more


def sha256_of(text: str) -> str:
    """The name of a text: SHA-256 of its UTF-8 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class DraftQuerySet(TeamQuerySet["Draft"]):
    def visible_to(self, user: User) -> Self:
        return super().visible_to(user).settled()

    def settled(self) -> Self:
        """Without a reviewer's corrections that no decision stands on: until then they are a verdict, not a text.

        Reads verdicts by the name of the reverse relation.
        """
        of_draft = {"pk": OuterRef("pk"), "verdicts__draft": F("parent")}
        stands = {"verdicts__undone_at": None, "verdicts__review__decided_at__isnull": False}
        written, decided = Draft.objects.filter(**of_draft), Draft.objects.filter(**of_draft, **stands)
        return self.exclude(Exists(written) & ~Exists(decided), origin=Draft.Origin.HUMAN)

    def with_author(self) -> Self:
        return self.select_related("author", "brief", "run__model", "parent")


class Draft(TeamOwned):
    """One candidate text.

    `author` of a model's draft is who asked for the run. `contributors` are the authors of the draft and all its
    ancestors, and of the brief; PostgreSQL fills it in, and nobody among them may decide on the text.
    """

    class Origin(models.TextChoices):
        MODEL = "model", _("Model")
        HUMAN = "human", _("Person")

    brief = models.ForeignKey(Brief, models.PROTECT, related_name="drafts")
    run = models.ForeignKey(GenerationRun, models.PROTECT, null=True, related_name="drafts")
    variant = models.PositiveSmallIntegerField(null=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    origin = models.CharField(_("origin"), max_length=5, choices=Origin.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    contributors = ArrayField(models.BigIntegerField(), default=list, editable=False)
    text = models.TextField(_("text"))
    raw_text = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    finish_reason = models.CharField(max_length=10, blank=True)
    token_count = models.PositiveIntegerField(null=True)
    mean_logprob = models.FloatField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "variant"], name="draft_once_a_variant"),
            models.CheckConstraint(
                condition=models.Q(origin="model", run__isnull=False, variant__isnull=False, parent__isnull=True)
                | models.Q(origin="human", run__isnull=True, variant__isnull=True, parent__isnull=False),
                name="draft_origin_consistent",
            ),
        ]
        triggers = [
            no_update_or_delete(),
            no_truncate(),
            Firm(name="contributors", operation=pgtrigger.Insert, calls="portal_describe_draft"),
        ]

    def __str__(self) -> str:
        return f"{self.brief} · {self.sha256[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("generation:draft", args=[self.pk])
