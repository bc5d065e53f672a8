"""What keeps the engines fair and bounded: tokens served to each person, and limits of each team."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import Team

OUTSTANDING_TOKENS = 200_000
DAILY_TOKENS = 5_000_000


class TokenCounter(models.Model):
    """A person's virtual tokens at one queue: whoever has the fewest is served next (VTC, Sheng et al. 2024).

    What a run may cost is charged when it is claimed and corrected when it ends; who comes back after a pause starts
    level with those who are waiting.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    queue = models.CharField(max_length=220)
    tokens = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "queue"], name="token_counter_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.queue} · {self.tokens}"


class TeamLimit(models.Model):
    """How many tokens a team may have waiting at once and use in a day. Without a row the defaults hold."""

    team = models.OneToOneField(Team, models.CASCADE, primary_key=True, related_name="+")
    outstanding_tokens = models.PositiveIntegerField(_("tokens waiting at once"), default=OUTSTANDING_TOKENS)
    daily_tokens = models.PositiveBigIntegerField(_("tokens a day"), default=DAILY_TOKENS)

    def __str__(self) -> str:
        return f"{self.team} · {self.outstanding_tokens} · {self.daily_tokens}"
