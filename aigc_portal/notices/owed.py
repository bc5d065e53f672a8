"""Who is owed a mail about which notices at this moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from aigc_portal.accounts.models import Membership
from aigc_portal.notices.models import DIGEST_HOUR, Notice, NoticeQuerySet, NoticeSettings

STALE = timedelta(days=7)  # what could not or should not be mailed for so long is history, which the portal shows
OWN_CHOICE = "user__notice_settings__"


def owed(moment: datetime) -> NoticeQuerySet:
    """The notices to be mailed at this moment: unread, visible, in no other mail, still the person's business, wanted.

    A digest takes what became visible before its hour struck the last time, so it comes once a day, late if need be.
    """
    fresh = Notice.objects.filter(mailed_at=None, read_at=None, due_at__lte=Now(), due_at__gt=moment - STALE)
    unclaimed = Q(next_mail_at=None) | Q(next_mail_at__lte=Now())
    active = Q(user__is_active=True)
    in_team = Exists(Membership.objects.filter(user=OuterRef("user"), team=OuterRef("team")))
    choice = Coalesce(f"{OWN_CHOICE}mail", Value(NoticeSettings.Mail.DIGEST))
    strokes = [When(**{f"{OWN_CHOICE}digest_hour": hour}, then=last_stroke(hour, moment)) for hour in range(24)]
    stroke = Case(*strokes, default=last_stroke(DIGEST_HOUR, moment), output_field=DateTimeField())
    wanted = Q(urgent=True) | Q(choice=NoticeSettings.Mail.AT_ONCE)
    wanted |= Q(choice=NoticeSettings.Mail.DIGEST, due_at__lte=stroke)
    return fresh.annotate(choice=choice).filter(unclaimed, active, in_team, wanted)


def last_stroke(hour: int, moment: datetime) -> datetime:
    """When the clock of the portal's time zone last struck this hour."""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)
