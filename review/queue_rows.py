"""What a row of the queue says of a review to one reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.html import avoid_wrapping
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aigc_portal.accounts.models import User
from generation.models.languages import Channel, Language
from review.asking import groups_of
from review.models import PolicyStep, Priority, Review, ReviewStatus
from review.standing import Standing, standing

Steps = dict[int, str]
ALMOST_A_DAY = timedelta(hours=23, minutes=30)


@dataclass(frozen=True)
class Row:
    """`step` is "2 of 3 · Legal", or "" where one step without a group is all; `holder` says who works on the review,
    or whom it waits for; `words` are the labels of its columns.

    Worked out here and not in the template, which is slow at it: a page has dozens of rows.
    """

    review: Review
    standing: Standing
    url: str
    claim_url: str
    step: str
    holder: str
    due: str
    is_overdue: bool
    words: dict[str, str]


def rows_of(user: User, reviews: list[Any], carried: str = "") -> list[Row]:
    """Of reviews as `queue_pages.for_rows` reads them; `carried` is the query string that goes along to their pages."""
    groups, now, labels, steps = groups_of(user), timezone.now(), Labels(), steps_of(reviews)
    return [
        row_of(user, review, standing(user, review, groups), now, labels, steps[review.policy_id], carried)
        for review in reviews
    ]


def steps_of(reviews: list[Any]) -> dict[int, Steps]:
    """The names of the steps by position, by policy. One query."""
    steps: dict[int, Steps] = {review.policy_id: {} for review in reviews}
    for policy, position, name in PolicyStep.objects.filter(policy__in=steps).values_list(
        "policy_id", "position", "name"
    ):
        steps[policy][position] = name
    return steps


def row_of(
    user: User, review: Any, standing: Standing, now: datetime, labels: Labels, steps: Steps, carried: str
) -> Row:
    is_overdue = review.is_open and review.due_at < now
    overdue, due = _("%(time)s overdue"), _("in %(time)s")
    return Row(
        review,
        standing,
        url=review.get_absolute_url() + carried,
        claim_url=reverse("review:claim", args=[review.pk]) + carried if standing.may_take else "",
        step=step_of(review, steps),
        holder=holder_of(user, review, standing),
        due=(overdue if is_overdue else due) % {"time": distance(now, review.due_at)} if review.is_open else "",
        is_overdue=is_overdue,
        words=labels.of(review),
    )


class Labels:
    """The words of the columns' values in the reader's language, translated once a page."""

    def __init__(self) -> None:
        choices: dict[str, Any] = {
            "status": ReviewStatus,
            "priority": Priority,
            "channel": Channel,
            "language": Language,
        }
        self.words = {name: {value: str(label) for value, label in of.choices} for name, of in choices.items()}

    def of(self, review: Review) -> dict[str, str]:
        return {name: words[getattr(review, name)] for name, words in self.words.items()}


def step_of(review: Any, steps: Steps) -> str:
    if not review.is_open:
        return ""
    asked = ("" if review.disputed else steps.get(review.step)) or review.group_name or ""
    place = _("%(step)s of %(steps)s") % {"step": review.step, "steps": len(steps)} if len(steps) > 1 else ""
    return " · ".join(filter(None, [place, asked]))


def holder_of(user: User, review: Any, standing: Standing) -> str:
    """A text with a known answer is one person's by its making, which nobody is told: it waits like any other."""
    if review.status == ReviewStatus.IN_REVIEW and review.claimed_until:
        until = time_format(timezone.localtime(review.claimed_until))
        if standing.holds:
            return _("you, until %(until)s") % {"until": until}
        return _("%(name)s, until %(until)s") % {"name": review.holder, "until": until}
    if review.status != ReviewStatus.PENDING:
        return ""
    if standing.is_reviewer and standing.contributed:
        return _("Somebody else must review this")
    if standing.is_reviewer and standing.judged:
        return _("You have judged this text")
    if review.assigned_to_id is None or review.gold_id is not None:
        return ""
    if review.assigned_to_id == user.pk:
        return _("Assigned to you")
    return _("Assigned to %(name)s") % {"name": review.assignee}


def distance(now: datetime, moment: datetime) -> str:
    """How far apart the moments are, rounded, in one unit: minutes, hours or days."""
    gap = abs(now - moment)
    if gap < timedelta(minutes=1):
        return _("less than a minute")
    if gap >= ALMOST_A_DAY:
        days = round(gap / timedelta(days=1))
        # Django's own words, so that our catalogue has them: its Chinese ones are those of a date.
        return avoid_wrapping(ngettext("%(num)d day", "%(num)d days", days) % {"num": days})
    unit = timedelta(hours=1) if gap >= timedelta(hours=1) else timedelta(minutes=1)
    return timesince(now, now + round(gap / unit) * unit, depth=1)
