"""Refusing a run that would take its team over a limit, with what to do about it and when."""

from __future__ import annotations

from math import ceil

from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import Team
from aigc_portal.jobs.models import JobStatus
from aigc_portal.problems import Refused
from generation.fair_order import OPEN, in_queue
from generation.models import GenerationRun
from generation.queue_pace import pace_of
from generation.token_budget import TeamBudget, budgets_of, midnight
from generation.waiting_time import in_words

LONGEST_WAIT = 86_400

LARGER_THAN_A_DAY = _(
    "This needs up to %(needed)s tokens, and your team may use %(limit)s a day. "
    "Ask for fewer variants, or an admin of your team for a higher limit."
)
AFTER_MIDNIGHT = _(
    "This needs up to %(needed)s tokens, and %(left)s of the %(limit)s that your team may use a day are left. "
    "Ask for fewer variants, or try again after midnight, in %(wait)s."
)
LARGER_THAN_THE_LIMIT = _(
    "This needs up to %(needed)s tokens, and your team may have %(limit)s in work at once. "
    "Ask for fewer variants, or an admin of your team for a higher limit."
)
AFTER_A_WHILE = _(
    "This needs up to %(needed)s tokens, and %(left)s of the %(limit)s that your team may have in work at once are "
    "free. Try again in about %(wait)s, or ask for fewer variants."
)
AFTER_OTHERS = _(
    "This needs up to %(needed)s tokens, and %(left)s of the %(limit)s that your team may have in work at once are "
    "free. Try again when some of your team's runs have finished, or ask for fewer variants."
)


def check_limits(team_id: int, estimate: int, queue: str) -> None:
    """Raise Refused (429) where a run of `estimate` tokens would take the team over a limit.

    The team is locked until the transaction ends: of two requests at the same moment, the second counts the first.
    """
    (budget,) = budgets_of(Team.objects.select_for_update(no_key=True).filter(pk=team_id))
    if estimate > budget.left_today:
        raise over_the_day(budget, estimate)
    if estimate > budget.outstanding_left:
        raise over_the_outstanding(budget, estimate, queue)


def over_the_day(budget: TeamBudget, estimate: int) -> Refused:
    limit, left = budget.limit.daily_tokens, budget.left_today
    if estimate > limit:
        return refused("daily_quota", LARGER_THAN_A_DAY, estimate, limit, left)
    seconds = max(1, ceil((midnight(1) - timezone.now()).total_seconds()))
    return refused("daily_quota", AFTER_MIDNIGHT, estimate, limit, left, seconds)


def over_the_outstanding(budget: TeamBudget, estimate: int, queue: str) -> Refused:
    limit, left = budget.limit.outstanding_tokens, budget.outstanding_left
    if estimate > limit:
        return refused("outstanding_limit", LARGER_THAN_THE_LIMIT, estimate, limit, left)
    seconds = seconds_until_free(budget.team, estimate - left, queue)
    sentence = AFTER_OTHERS if seconds is None else AFTER_A_WHILE
    return refused("outstanding_limit", sentence, estimate, limit, left, seconds)


def refused(
    code: str, sentence: str | Promise, needed: int, limit: int, left: int, seconds: int | None = None
) -> Refused:
    numbers = {"needed": needed, "limit": limit, "left": left}
    words = {name: number_format(number, force_grouping=True) for name, number in numbers.items()}
    extra = {"retry_after_seconds": seconds} | {f"tokens_{name}": number for name, number in numbers.items()}
    return Refused(code, str(sentence) % (words | {"wait": in_words(seconds or 0)}), 429, extra)


def seconds_until_free(team: Team, tokens: int, queue: str) -> int | None:
    """How long until so many of the team's tokens in the queue have gone by; None where nobody can know.

    The team gets its part of the queue's pace: what it has there, of what everybody has there.
    """
    runs = GenerationRun.objects.filter(in_queue(queue), status__in=OPEN)
    sums = runs.aggregate(
        everybody=Sum("token_estimate"),
        own=Sum("token_estimate", filter=Q(team=team)),
        running=Count("pk", filter=Q(status=JobStatus.RUNNING)),
    )
    rate = pace_of(queue).tokens_per_second(sums["running"])
    if not rate or not sums["own"]:
        return None
    seconds: float = tokens * sums["everybody"] / sums["own"] / rate
    return min(LONGEST_WAIT, max(1, ceil(seconds)))
