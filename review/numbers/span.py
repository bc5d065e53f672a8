"""The decisions that are counted: a team's, in a range of days, put into days or weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models.functions import TruncDay, TruncWeek
from django.utils.translation import gettext_lazy as _

from aigc_portal.days import start_of_day
from review.models import Review, ReviewQuerySet


class Per(models.TextChoices):
    DAY = "day", _("Day")
    WEEK = "week", _("Week")


@dataclass(frozen=True)
class Span:
    """Both days are inside. `language` is "" for all."""

    team_id: int
    first: date
    last: date
    language: str
    per: Per

    def decided(self) -> ReviewQuerySet:
        """By review_decisions, which has all that is counted of them."""
        since, until = self.bounds()
        reviews: ReviewQuerySet = Review.objects.decided().filter(
            team=self.team_id, decided_at__gte=since, decided_at__lt=until
        )
        if self.language:
            reviews = reviews.filter(language=self.language)
        return reviews.order_by()

    @property
    def bucket(self) -> TruncDay | TruncWeek:
        """The day of a decision, or the Monday of its week, in the portal's time zone."""
        truncate = TruncDay if self.per == Per.DAY else TruncWeek
        return truncate("decided_at", output_field=models.DateField())

    def bounds(self, bucket: date | None = None) -> tuple[datetime, datetime]:
        """The moments at which the span, or what of the bucket lies in it, begins and has ended."""
        start, past = self.first, self.last + timedelta(days=1)
        if bucket is not None:
            length = timedelta(days=1 if self.per == Per.DAY else 7)
            start, past = max(bucket, start), bucket + min(length, past - bucket)
        return start_of_day(start), start_of_day(past)

    def buckets(self) -> Iterator[date]:
        """Every day, or the Monday of every week, those without a decision too."""
        days = 1 if self.per == Per.DAY else 7
        start = self.first if self.per == Per.DAY else monday_of(self.first)
        for past in range(0, (self.last - start).days + 1, days):
            yield start + timedelta(days=past)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
