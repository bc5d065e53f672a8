"""What happened, by whom, to what. Rows are written once: PostgreSQL refuses to change or remove them."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import NoReverseMatch, reverse

from aigc_portal.audit.triggers import no_truncate, no_update_or_delete


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def of_teams(self, team_ids: list[int]) -> Self:
        """Events of these teams, newest first. Callers pass the teams in which the reader is an auditor.

        What the portal itself did to something that no team owns (a model) is everybody's; what happened to a person
        who is in no team is nobody's.
        """
        shared = Q(team=None, actor=None) & ~Q(target_type=settings.AUTH_USER_MODEL.lower())
        return self.filter(Q(team__in=team_ids) | shared).select_related("team").order_by("-id")

    def about(self, target: models.Model) -> Self:
        return self.filter(target_type=target._meta.label_lower, target_id=str(target.pk)).order_by("-id")


class AuditEvent(models.Model):
    """One act. `actor` is empty for the portal's own acts; `actor_name` is the name as it was.

    `data` holds `before` and `after` (changed fields only) and whatever else explains the act.
    """

    # PostgreSQL does not check that those whom an event names exist: it would lock the team's row with every act, and
    # people who act at the same moment would wait for each other. No code removes people or teams.
    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    actor_name = models.CharField(max_length=150, blank=True)
    team = models.ForeignKey(
        "accounts.Team", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=40)
    target_label = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        triggers = [no_update_or_delete(), no_truncate()]
        indexes = [
            models.Index(fields=["team", "-id"], name="event_by_team"),  # the list, newest first
            models.Index(fields=["target_type", "target_id", "-id"], name="event_by_target"),  # life of one object
            models.Index(fields=["actor", "-id"], name="event_by_actor"),
            models.Index(fields=["action", "-id"], name="event_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.action} {self.target_type} {self.target_id}"

    @property
    def target_url(self) -> str | None:
        """The page of the object. By convention `app.model` has its page under the URL name `app:model`."""
        try:
            return reverse(self.target_type.replace(".", ":"), args=[self.target_id])
        except NoReverseMatch:
            return None
