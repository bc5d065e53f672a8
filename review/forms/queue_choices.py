"""What the filters of the queue offer to choose from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aigc_portal.accounts.models import Role, Team, User
from aigc_portal.days import start_of_day
from generation.models import ModelVersion, Prompt

Offer = list[tuple[str, str]]
Conditions = dict[str, tuple[Any, Callable[[], Q]]]


def teams(team_ids: list[int]) -> Offer:
    return named(Team.objects.filter(pk__in=team_ids).order_by("name"))


def prompts(team_ids: list[int]) -> Offer:
    return named(Prompt.objects.filter(team__in=team_ids).order_by("name", "pk"))


def models(team_ids: list[int]) -> Offer:
    return named(ModelVersion.objects.order_by("name", "-pk"))


def marketers(team_ids: list[int]) -> Offer:
    return people(team_ids, Role.MARKETER)


def reviewers(team_ids: list[int]) -> Offer:
    return people(team_ids, Role.REVIEWER)


def people(team_ids: list[int], role: str) -> Offer:
    found = User.objects.filter(memberships__team__in=team_ids, memberships__role=role)
    return named(found.distinct().order_by("name", "pk"))


def named(rows: Any) -> Offer:
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def older_than(days: int) -> Q:
    return Q(submitted_at__lt=Now() - timedelta(days=days))


def due_within(days: int) -> Q:
    """Until the end of today, or of a later day; what is overdue as well."""
    return Q(due_at__lt=start_of_day(timezone.localdate() + timedelta(days=days)))


AGE: Conditions = {
    "1": (_("one day"), partial(older_than, 1)),
    "3": (_("three days"), partial(older_than, 3)),
    "7": (_("one week"), partial(older_than, 7)),
    "30": (_("30 days"), partial(older_than, 30)),
}
DUE: Conditions = {
    "overdue": (_("Overdue"), lambda: Q(due_at__lt=Now())),
    "today": (_("By the end of today"), partial(due_within, 1)),
    "week": (_("Within seven days"), partial(due_within, 7)),
}
NOBODY: Conditions = {"nobody": (_("Nobody"), lambda: Q(assigned_to=None) | ~Q(gold=None))}
