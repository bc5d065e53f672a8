"""What belongs to a team, and the one place that decides who sees it."""

from __future__ import annotations

from typing import Self, TypeVar

from django.db import models

from aigc_portal.accounts.models import Membership, Team, User

T = TypeVar("T", bound=models.Model, covariant=True)


class TeamQuerySet(models.QuerySet[T]):
    def visible_to(self, user: User) -> Self:
        """Rows of the teams that the user belongs to, in whatever role."""
        return self.filter(team__in=Membership.objects.filter(user=user).values("team"))


class TeamOwned(models.Model):
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")

    class Meta:
        abstract = True
