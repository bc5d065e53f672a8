"""What a run may cost, and what a team has in work and has used today, beside what it may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from aigc_portal.accounts.models import Team
from aigc_portal.days import start_of_day
from generation.engine.types import Decoding
from generation.fair_order import OPEN
from generation.models import GenerationRun, TeamLimit

TURN_TOKENS = 8  # what a chat template writes around one message


def estimate_tokens(messages: Sequence[Mapping[str, Any]], decoding: Mapping[str, Any], variants: int) -> int:
    """The most that a run is likely to cost: its prompt once, and the longest text of every variant.

    The web has no tokenizer. Four ASCII characters count as a token, and so do three bytes of anything else: one
    Chinese character, or one and a half Cyrillic ones.
    """
    prompt = sum(TURN_TOKENS + tokens_of(str(message.get("content", ""))) for message in messages)
    return prompt + variants * int(decoding.get("max_tokens", Decoding().max_tokens))


def tokens_of(text: str) -> int:
    size = len(text.encode(errors="replace"))
    ascii_size = sum(character.isascii() for character in text)
    return ceil(ascii_size / 4 + (size - ascii_size) / 3)


@dataclass(frozen=True)
class TeamBudget:
    """A team's limits, the tokens of its runs that have not ended, and those that it has used or booked today.

    A run that ended counts with what it took, an open one with its estimate, and so does one that was cancelled at work
    or lost with its worker: nobody kept what it had written. One that no worker had begun counts nothing.
    """

    team: Team
    limit: TeamLimit
    outstanding: int
    used_today: int

    @property
    def outstanding_left(self) -> int:
        return max(0, self.limit.outstanding_tokens - self.outstanding)

    @property
    def left_today(self) -> int:
        return max(0, self.limit.daily_tokens - self.used_today)


def budgets_of(teams: Iterable[Team]) -> list[TeamBudget]:
    """One for each team, in the order given. Two queries."""
    teams = list(teams)
    limits = TeamLimit.objects.in_bulk([team.pk for team in teams])
    is_open, is_today = Q(status__in=OPEN), Q(queued_at__gte=midnight())
    cost = Case(
        When(is_open | Q(attempt__gt=0, completion_tokens=None), then=F("token_estimate")),
        default=Coalesce("prompt_tokens", 0) + Coalesce("completion_tokens", 0),
    )
    runs = GenerationRun.objects.filter(is_open | is_today, team__in=teams).order_by().values("team_id")
    sums = runs.annotate(outstanding=Sum(cost, filter=is_open), today=Sum(cost, filter=is_today))
    uses = {use["team_id"]: (use["outstanding"] or 0, use["today"] or 0) for use in sums}
    return [TeamBudget(team, limits.get(team.pk, TeamLimit(team=team)), *uses.get(team.pk, (0, 0))) for team in teams]


def midnight(days: int = 0) -> datetime:
    """The beginning of today, or of another day, where the portal stands (settings.TIME_ZONE)."""
    return start_of_day(timezone.localdate() + timedelta(days=days))
