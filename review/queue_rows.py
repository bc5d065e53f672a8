"""What a row of the queue says of a review to one reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.formats import get_format, time_format
from django.utils.html import avoid_wrapping
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aigc_portal.accounts.models import User
from generation.models.languages import Channel, Language
from review.models import Priority, ReviewStatus
from review.queue_listed import Listed
from review.standing import Standing, standing

ALMOST_A_DAY = timedelta(hours=23, minutes=30)


@dataclass(frozen=True)
class Row:
    """The words of the columns: `state` is the label of `status`, `asked` says which step it is at, and who works on it
    or whom it waits for; `moment` is when it is due or was decided, and `claim_url` is "" where it cannot be taken.

    Worked out here and not in the template, which is slow at it: a page has dozens of rows.
    """

    pk: int
    url: str
    claim_url: str
    title: str
    excerpt: str
    status: str
    state: str
    asked: str
    priority: int
    urgency: str
    moment: datetime | None
    exactly: str
    due: str
    decider: str
    channel: str
    language: str
    language_name: str
    author: str
    is_open: bool
    is_decided: bool
    is_overdue: bool
    is_disputed: bool
    is_held: bool


def rows_of(user: User, reviews: list[Listed], carried: str = "") -> list[Row]:
    """`carried` is the query string that goes along to the pages of the reviews. No query."""
    words = Words()
    return [row_of(user, review, words, carried) for review in reviews]


def row_of(user: User, review: Listed, words: Words, carried: str) -> Row:
    groups = frozenset({review.group_id} if review.group_id and review.in_group else ())
    here, is_open = standing(user, review, groups), review.is_open
    moment = review.due_at if is_open else review.decided_at
    return Row(
        review.pk,
        url=reverse("review:review", args=[review.pk]) + carried,
        claim_url=reverse("review:claim", args=[review.pk]) + carried if here.may_take else "",
        title=review.title,
        excerpt=review.excerpt,
        status=review.status,
        state=words.status[review.status],
        asked=" · ".join(filter(None, [step_of(review), holder_of(user, review, here)])),
        priority=review.priority,
        urgency=words.priority[review.priority],
        moment=moment,
        exactly=words.exactly(moment) if moment else "",
        due=words.due(review.due_at) if is_open else "",
        decider=review.decider or "",
        channel=words.channel[review.channel],
        language=review.language,
        language_name=words.language[review.language],
        author=review.author,
        is_open=is_open,
        is_decided=review.is_decided,
        is_overdue=is_open and review.due_at < words.now,
        is_disputed=is_open and review.disputed,
        is_held=here.holds,
    )


class Words:
    """The words that all rows of a page share, in the reader's language: each is translated once a page."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self.status, self.priority = labels_of(ReviewStatus), labels_of(Priority)
        self.channel, self.language = labels_of(Channel), labels_of(Language)
        self.format = get_format("SHORT_DATETIME_FORMAT")
        self.overdue, self.in_time = _("%(time)s overdue"), _("in %(time)s")

    def exactly(self, moment: datetime) -> str:
        return dateformat.format(timezone.localtime(moment), self.format)

    def due(self, moment: datetime) -> str:
        return (self.overdue if moment < self.now else self.in_time) % {"time": distance(self.now, moment)}


def labels_of(choices: Any) -> dict[Any, str]:
    return {value: str(label) for value, label in choices.choices}


def step_of(review: Listed) -> str:
    if not review.is_open:
        return ""
    asked = ("" if review.disputed else review.step_name) or review.group_name or ""
    place = _("%(step)s of %(steps)s") % {"step": review.step, "steps": review.steps} if review.steps > 1 else ""
    return " · ".join(filter(None, [place, asked]))


def holder_of(user: User, review: Listed, standing: Standing) -> str:
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
