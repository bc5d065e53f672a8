"""Verdicts of a period, counted for each person: how many, how fast, how many were taken back, on known answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q

from review.models import Feedback
from review.models.feedback import FeedbackQuerySet
from review.percentiles import median_of
from review.quality.rates import Rate, together

STANDING = Q(undone_at=None)


@dataclass(frozen=True)
class Times:
    median_seconds: float | None
    verdicts: int


@dataclass
class Given:
    """`seconds`: how often a verdict took so long. Only of those that stand and tell of the time that judging takes."""

    verdicts: int = 0
    taken_back: int = 0
    seconds: Counter[int] = field(default_factory=Counter)
    gold: Rate = field(default_factory=lambda: Rate(0, 0))

    @property
    def times(self) -> Times:
        return Times(median_of(self.seconds), self.seconds.total())

    @property
    def undone(self) -> Rate:
        return Rate(self.taken_back, self.verdicts)


def given_since(team_id: int, since: datetime | None) -> dict[int, Given]:
    """By who gave them. Two queries, by feedback_of_period; as many rows as there are people and lengths of time."""
    feedback = Feedback.objects.filter(team=team_id).order_by()
    if since is not None:
        feedback = feedback.filter(given_at__gte=since)
    timed = STANDING & ~Q(pk__in=given_alone(team_id).values("pk"))
    counts = {"given": Count("pk"), "taken_back": Count("undone_at"), "timed": Count("seconds", filter=timed)}
    people: dict[int, Given] = {}
    rows: Any = feedback.values("reviewer", "seconds").annotate(**counts)
    for row in rows:
        person = people.setdefault(row["reviewer"], Given())
        person.verdicts += row["given"]
        person.taken_back += row["taken_back"]
        if row["timed"]:
            person.seconds[row["seconds"]] += row["timed"]
    on_gold = feedback.filter(STANDING, review__gold__isnull=False).values("reviewer")
    rows = on_gold.annotate(of=Count("pk"), right=Count("pk", filter=Q(verdict=F("review__gold__verdict"))))
    for row in rows:
        people.setdefault(row["reviewer"], Given()).gold = Rate(row["right"], row["of"])
    return people


def given_alone(team_id: int) -> FeedbackQuerySet:
    """Who breaks the glass takes the text and decides in one moment, which says nothing of the time that judging takes.
    By review_broken_glass.
    """
    broken = Feedback.objects.filter(review__team=team_id, review__decided_by=F("reviewer"))
    return broken.exclude(review__break_glass="").order_by()


def all_of(people: Iterable[Given]) -> Given:
    known = list(people)
    return Given(
        verdicts=sum(one.verdicts for one in known),
        taken_back=sum(one.taken_back for one in known),
        seconds=sum((one.seconds for one in known), start=Counter()),
        gold=together(one.gold for one in known),
    )
